"""Ask the API with each token of the command line and print the status: run as a script whose clock is wrong."""

from __future__ import annotations

import os
import sys

import django

from tests.faults import wrong_clocks


def main(secrets: list[str]) -> None:
    """Ask with each."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    wrong_clocks.put_wrong()
    django.setup()

    from django.test import Client

    for secret in secrets:
        answer = Client().get("/api/analyses", headers={"authorization": f"Bearer {secret}"})
        print(answer.status_code)


if __name__ == "__main__":
    main(sys.argv[1:])
