"""Make a row and an analyst in the database of the environment, and print the key of the analyst's session.

Run as a script by the fault tests that have a database server of their own.
"""

import os

import django


def main() -> None:
    """Make them."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()

    from django.contrib.auth.models import Group, User
    from django.test import Client

    from analyses.choices import Role
    from tests import factories

    factories.make_scored(0.5)
    user = User.objects.create_user("reader")
    user.groups.add(Group.objects.get(name=Role.ANALYST))
    client = Client()
    client.force_login(user)
    print(client.session.session_key)


if __name__ == "__main__":
    main()
