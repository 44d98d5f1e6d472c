"""Make a row, an analyst and an editor; print the key of the analyst's session and the secret of the editor's token.

Run as a script by the fault tests that have a database of their own; the environment names it.
"""

import os

import django


def main() -> None:
    """Make them."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()

    from django.contrib.auth.models import Group, User
    from django.test import Client

    from analyses.choices import Role, TokenScope
    from analyses.services import tokens
    from tests import factories

    factories.make_scored(0.5)
    reader, writer = User.objects.create_user("reader"), User.objects.create_user("writer")
    reader.groups.add(Group.objects.get(name=Role.ANALYST))
    writer.groups.add(Group.objects.get(name=Role.EDITOR))
    client = Client()
    client.force_login(reader)
    _token, secret = tokens.create(owner=writer, name="writer", scopes=TokenScope.values, days=7)
    print(client.session.session_key, secret)


if __name__ == "__main__":
    main()
