"""The migration lock: one holder a database, however it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analyses.exceptions import DatabaseError
from analyses.services import migration_locks
from analyses.services.migration_locks import one_at_a_time
from tests.own_databases import own_database


@pytest.fixture
def using(django_db_blocker: Any) -> Iterator[str]:
    """Return the alias of an empty database that no other test uses."""
    with django_db_blocker.unblock(), own_database() as alias:
        yield alias


def in_another_thread(using: str, *, wait_seconds: float = 0) -> list[str]:
    """Try to take the lock as somebody else, and say what came of it."""
    outcome: list[str] = []

    def take() -> None:
        try:
            with one_at_a_time(using, wait_seconds=wait_seconds):
                outcome.append("held")
        except DatabaseError as error:
            outcome.append(error.reason)

    thread = threading.Thread(target=take)
    thread.start()
    thread.join(30)
    return outcome


def test_a_second_holder_waits_and_gives_up(using: str) -> None:
    with one_at_a_time(using):
        assert in_another_thread(using) == ["another process has been migrating for 0 seconds"]


def test_the_lock_is_free_again_afterwards_and_after_a_failure(using: str) -> None:
    with pytest.raises(LookupError), one_at_a_time(using):
        raise LookupError

    assert in_another_thread(using) == ["held"]


def test_whoever_holds_it_may_ask_again(using: str) -> None:
    with one_at_a_time(using):
        with one_at_a_time(using, wait_seconds=0):
            pass
        assert in_another_thread(using) != ["held"]


def test_the_second_holder_goes_on_once_the_first_is_done(using: str) -> None:
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with one_at_a_time(using):
            is_held.set()
            may_end.wait(30)

    first = threading.Thread(target=hold)
    first.start()
    assert is_held.wait(30)
    threading.Timer(0.3, may_end.set).start()

    with one_at_a_time(using, wait_seconds=30):
        assert may_end.is_set()
    first.join(30)


def test_migrate_says_in_a_sentence_that_it_cannot(using: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise DatabaseError("migration lock", "another process has been migrating for 3600 seconds")

    monkeypatch.setattr(migration_locks, "_wait", refuse)

    with pytest.raises(CommandError, match="another process has been migrating"):
        call_command("migrate", database=using, verbosity=0)


def test_looking_at_the_plan_does_not_wait(using: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration_locks, "one_at_a_time", None)

    call_command("migrate", "--plan", database=using, verbosity=0)
    with pytest.raises(SystemExit):
        call_command("migrate", "--check", database=using, verbosity=0)
