"""What tests share: people by role, their browsers, and the environment of processes that a test starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.test import Client

from analyses.choices import Role
from analyses.engines import registry
from analyses.queries import cached_analyses, shell
from nlpadmin import caches
from tests import actors as playing
from tests.chromium import CHROMIUM_ARGUMENTS, CHROMIUM_NAMES, find_chromium

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

PASSWORD = "correct-horse-battery"
BROWSER_DIR = Path(__file__).parent / "browser"
DATA_DIR = Path(os.environ.get("NLPADMIN_DATA") or settings.BASE_DIR.parent / "shared" / "data")


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


@pytest.fixture
def redis_cache(settings: Any) -> Iterator[Any]:
    """Cache in Redis whatever the run's own settings say, and return Django's cache."""
    url = settings.REDIS_URL or os.environ.get("NLPADMIN_TEST_REDIS", "redis://127.0.0.1:6379/15")
    with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
        try:
            client.ping()
        except redis.RedisError:
            pytest.skip("there is no Redis")
    settings.CACHES = {"default": caches.configure(url, ttl_seconds=60, key_prefix=f"tests-{os.getpid()}")}
    cache.delete_pattern("*")  # type: ignore[attr-defined]
    cached_analyses.forget_state()
    yield cache
    cache.delete_pattern("*")  # type: ignore[attr-defined]
    cached_analyses.forget_state()


@pytest.fixture(autouse=True)
def forgotten_shell() -> None:
    """Begin every test without the sidebar's snapshot, which lives for two seconds."""
    shell.forget()


@pytest.fixture
def actors() -> Iterator[None]:
    """Install engines that play every kind of answer."""
    playing.offer()
    yield
    registry.configure(())


@pytest.fixture
def child_environment(transactional_db: None, own_spool: None, settings: Any) -> dict[str, str]:
    """Return the environment for a process that a test starts on the test's own database and spool."""
    return os.environ | {
        "DATABASE_URL": running_database_url(),
        "SPOOL_DIR": str(settings.SPOOL_DIR),
        "DJANGO_SETTINGS_MODULE": "nlpadmin.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONUNBUFFERED": "1",
    }


def running_database_url() -> str:
    """Return the address of the database that this test run made."""
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    scheme = {"postgresql": "postgresql", "mysql": "mysql"}[connection.vendor]
    login = f"{parts['USER']}:{parts['PASSWORD']}" if parts["PASSWORD"] else parts["USER"]
    port = f":{parts['PORT']}" if parts["PORT"] else ""
    return f"{scheme}://{login}@{parts['HOST']}{port}/{parts['NAME']}"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of the data sets beside the project, or skip."""
    if not DATA_DIR.is_dir():
        pytest.skip(f"the data sets are not at {DATA_DIR}; NLPADMIN_DATA names another folder")
    return DATA_DIR


# --- Browsers -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the system's Chromium and never a downloaded one."""
    path = find_chromium()
    if path is None:
        pytest.skip(f"none of {', '.join(CHROMIUM_NAMES)} is on the PATH")
    return browser_type_launch_args | {"executable_path": path, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Leave addresses to `live_server`: browser tests name them whole."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lives in tests/browser, and let it use the ORM beside Playwright.

    Playwright keeps an event loop running in the main thread, which Django takes for asynchronous code.
    """
    in_browser = [item for item in items if BROWSER_DIR in item.path.parents]
    for item in in_browser:
        item.add_marker(pytest.mark.browser)
    if in_browser:
        # For the whole session: fixtures of the database are set up before and torn down after any of ours.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
