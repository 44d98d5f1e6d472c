"""What tests share beside the kit: a cache, engines that play, and the environment of processes that a test starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from analyses.engines import registry
from analyses.queries import cached_analyses
from analyses.services import attempts
from nlpadmin import caches
from tests import actors as playing
from tests import one_database
from tests.api.fuzz_report import pytest_terminal_summary  # noqa: F401 - a hook, found where it is imported
from tests.chromium import CHROMIUM_ARGUMENTS, CHROMIUM_NAMES, find_chromium
from tests.kit import *  # noqa: F403 - pytest finds fixtures where they are imported

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")

BROWSER_DIR = Path(__file__).parent / "browser"
DATA_DIR = Path(os.environ.get("NLPADMIN_DATA") or settings.BASE_DIR.parent / "shared" / "data")


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
def forgotten_attempts() -> None:
    """Forget who failed in another test: all of them come from one address."""
    attempts.forget_all_here()


@pytest.fixture
def actors() -> Iterator[None]:
    """Install engines that play every kind of answer."""
    playing.offer()
    yield
    registry.configure(())


@pytest.fixture
def child_environment(transactional_db: None, own_spool: None, settings: Any) -> dict[str, str]:
    """Return the environment for a process that a test starts on the test's own database and spool."""
    if "mode=memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("a database in memory belongs to one process")
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
    """Mark what lives in tests/browser, and what a whole run has on one database; let the first use the ORM.

    Playwright keeps an event loop running in the main thread, which Django takes for asynchronous code.
    """
    one_database.mark(items)
    in_browser = [item for item in items if BROWSER_DIR in item.path.parents]
    for item in in_browser:
        item.add_marker(pytest.mark.browser)
    if in_browser:
        # For the whole session: fixtures of the database are set up before and torn down after any of ours.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
