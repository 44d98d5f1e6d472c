"""What a site's own tests can use as well: people by role, their browsers, rows, a token, and a clean start.

    pytest_plugins = ["tests.kit"]        in the site's conftest.py; docs/testing.md has an example that runs

Rows are made by `tests.factories`, so that hashes, counters and rollup agree.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.test import Client

from analyses.choices import AnalysisStatus, Role, TokenScope
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import cached_analyses, shell
from analyses.services import tokens
from tests import factories

PASSWORD = "correct-horse-battery"

MakePerson = Callable[..., User]


@pytest.fixture
def make_person(db: None) -> MakePerson:
    """Return a function that creates a person with the given roles and no other right."""

    def make(username: str, *roles: Role) -> User:
        if not Group.objects.exists():
            _create_groups()
        user = User.objects.create_user(username, password=PASSWORD)
        user.groups.set(Group.objects.filter(name__in=roles))
        assert user.groups.count() == len(roles)
        return user

    return make


def _create_groups() -> None:
    """Run the migrations' own functions again: tests with real transactions end in an empty database."""
    editor = SimpleNamespace(connection=connection)
    import_module("analyses.migrations.0025_roles").create_groups(apps, editor)
    import_module("analyses.migrations.0034_roles_view_models").grant(apps, editor)


@pytest.fixture
def analyst(make_person: MakePerson) -> User:
    """Return a person who may look and export."""
    return make_person("ana", Role.ANALYST)


@pytest.fixture
def editor(make_person: MakePerson) -> User:
    """Return a person who may also import, correct and steer."""
    return make_person("edi", Role.EDITOR)


@pytest.fixture
def operator(make_person: MakePerson) -> User:
    """Return a person who also looks after the site and its people."""
    return make_person("olga", Role.OPERATOR)


@pytest.fixture
def outsider(make_person: MakePerson) -> User:
    """Return a person with an account and no role."""
    return make_person("otto")


@pytest.fixture
def analyst_client(analyst: User) -> Client:
    """Return the analyst's logged-in client."""
    return logged_in(analyst)


@pytest.fixture
def editor_client(editor: User) -> Client:
    """Return the editor's logged-in client."""
    return logged_in(editor)


@pytest.fixture
def operator_client(operator: User) -> Client:
    """Return the operator's logged-in client."""
    return logged_in(operator)


@pytest.fixture
def outsider_client(outsider: User) -> Client:
    """Return the logged-in client of somebody without a role."""
    return logged_in(outsider)


def logged_in(user: User) -> Client:
    """Return a client whose session belongs to the person."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def own_spool(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give every test a spool of its own."""
    settings.SPOOL_DIR = tmp_path_factory.mktemp("spool")


@pytest.fixture(autouse=True)
def empty_cache(settings: Any) -> None:
    """Begin every test without what another one cached; the key prefix keeps parallel runs apart."""
    if settings.REDIS_URL:
        cache.delete_pattern("*")  # type: ignore[attr-defined]
    cached_analyses.forget_state()


@pytest.fixture(autouse=True)
def forgotten_shell() -> None:
    """Begin every test without the sidebar's snapshot, which lives for two seconds."""
    shell.forget()


# --- Rows and programs ----------------------------------------------------------------------------


@pytest.fixture
def analysis(db: None) -> TextAnalysis:
    """Return one analysis that waits."""
    return factories.make_analysis(text_content=factories.POSITIVE)


@pytest.fixture
def scored_batch(db: None) -> BatchAnalysis:
    """Return a batch of three: a good and a bad text with their scores, and one that failed."""
    batch = factories.make_batch(batch_name="May reviews")
    factories.make_scored(0.8, batch_analysis=batch, text_content=factories.POSITIVE)
    factories.make_scored(-0.7, batch_analysis=batch, text_content=factories.NEGATIVE)
    factories.make_analysis(batch_analysis=batch, status=AnalysisStatus.ERROR, error_message="No engine.")
    batch.refresh_from_db()
    return batch


@pytest.fixture
def api_token(editor: User) -> str:
    """Return the secret of an editor's token that may read, send and review: `Authorization: Bearer ...`."""
    return tokens.create(owner=editor, name="tests", scopes=TokenScope.values, days=7)[1]
