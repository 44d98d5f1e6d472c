"""Ask the product with its production settings for some pages, and print what it answered as JSON.

A process of its own: the suite's process has other settings.
"""

import json
import os
import sys
from typing import Any

import django
from django.test import Client


def ask(client: Client, name: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return status, headers and cookies of one request."""
    response = client.generic(request.pop("method", "GET"), request.pop("path", "/login/"), **request)
    cookies = {key: {k: v for k, v in morsel.items() if v} for key, morsel in response.cookies.items()}
    return {"status": response.status_code, "headers": dict(response.headers), "cookies": cookies}


def main(requests: dict[str, dict[str, Any]]) -> None:
    """Ask each request with a client of its own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "nlpadmin.settings"
    django.setup()
    answers = {
        name: ask(Client(raise_request_exception=False, enforce_csrf_checks=True), name, request)
        for name, request in requests.items()
    }
    print(json.dumps(answers))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
