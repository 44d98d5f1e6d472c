"""Lines 5, 10, 48, 49, 75, 107 and 109 of the conformance list, and fault F26: transactions, and what breaks them."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.db import connection, connections, transaction

from analyses.exceptions import DatabaseError, ValidationError
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.services import analyses, transactions
from tests.factories import make_batch, make_scored
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

DOORS = ("admin", "views", "management", "templatetags")
THREADS, EDITS = 8, 100


class TroubleError(Exception):
    """Belongs to the caller."""


def create(text: str) -> TextAnalysis:
    return analyses.create(text_content=text, analysis_type="sentiment")[0]


def test_line_048_010_an_exception_between_two_adds_leaves_neither() -> None:
    with pytest.raises(TroubleError):
        add_two(trouble=True)

    assert not TextAnalysis.objects.exists()
    call_command("check_data")


def test_line_048_two_analyses_are_added_in_one_transaction() -> None:
    add_two(trouble=False)

    assert TextAnalysis.objects.count() == 2
    call_command("check_data")


def add_two(*, trouble: bool) -> None:
    with transactions.managed("add two"):
        create("One.")
        if trouble:
            raise TroubleError
        create("Two.")


def test_line_049_the_helper_commits_rolls_back_raises_again_and_releases() -> None:
    with transactions.managed("add"):
        kept = create("Kept.")
    with pytest.raises(TroubleError):
        add_two(trouble=True)

    def lock_all(_number: int) -> list[int]:
        with transaction.atomic():
            return list(TextAnalysis.objects.select_for_update().values_list("pk", flat=True))

    assert not connection.in_atomic_block
    assert run_at_once(1, lock_all) == [[kept.pk]]


@pytest.fixture
def database_away() -> Iterator[None]:
    """Let the database be where nobody answers."""
    wrapper = connections["default"]
    known = wrapper.settings_dict.copy()
    wrapper.close()
    wrapper.settings_dict |= {"NAME": "/nowhere/at/all.sqlite3", "PORT": "9", "HOST": "127.0.0.1"}
    yield
    wrapper.close()
    wrapper.settings_dict |= known


def test_line_005_109_a_dead_database_speaks_our_own_words(database_away: None, settings: Any) -> None:
    settings.RETRY_DELAY = 0

    with pytest.raises(DatabaseError) as caught:
        analyses.update(1, {"status": "completed"})

    error = caught.value
    assert error.operation == "update analysis"
    assert str(error) == f"Database update analysis failed: {error.reason}"
    assert "127.0.0.1" not in str(error)
    assert "nowhere" not in str(error)


def test_line_005_109_a_constraint_becomes_a_validation_error() -> None:
    row = create("One.")

    with pytest.raises(ValidationError) as caught, transactions.managed("break a rule"):
        TextAnalysis.objects.filter(pk=row.pk).update(quality_score=7)

    assert caught.value.field == "data_integrity"
    assert str(caught.value) == (
        "Validation error in data_integrity: This number must lie between 0.0 and 1.0."
    )


def test_line_107_conflicts_are_tried_again_with_the_configured_attempts_and_delay(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETRY_ATTEMPTS, settings.RETRY_DELAY = 3, 1.0
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    calls: list[int] = []

    @transactions.managed("conflict")
    def conflict() -> None:
        calls.append(1)
        raise DatabaseError("conflict", "Others were faster.", fault="conflict")

    with pytest.raises(DatabaseError):
        conflict()

    assert len(calls) == 4
    assert len(waited) == 3
    assert all(0.5 <= seconds <= 1.0 for seconds in waited)


def test_line_107_what_does_not_pass_by_itself_is_not_tried_again() -> None:
    calls: list[int] = []

    @transactions.managed("work")
    def work() -> None:
        calls.append(1)
        raise TroubleError

    with pytest.raises(TroubleError):
        work()

    assert len(calls) == 1


def test_line_075_no_door_opens_a_transaction_or_writes_a_row() -> None:
    forbidden = {"transaction", "bulk_create", "bulk_update", "update_or_create", "get_or_create"}
    found = {
        (path.relative_to(project.BASE_DIR).as_posix(), name)
        for door in DOORS
        for path in sorted(Path(project.BASE_DIR, "analyses", door).rglob("*.py"))
        for name in names_in(path) & forbidden
    }

    assert found == set()


def names_in(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}


def test_f26_conflicting_bulk_edits_fail_nobody(settings: Any) -> None:
    """A tenth of 1,000 edits by 8 threads over the same rows of two batches; the counters come out as the rows."""
    settings.RETRY_DELAY = 0.2
    groups = [make_batch(), make_batch()]
    pks = [make_scored(0.5, batch_analysis=groups[number % 2]).pk for number in range(24)]
    done: list[int] = []

    def edit(number: int) -> None:
        dice = random.Random(number)
        for turn in range(EDITS // THREADS + 1):
            some = dice.sample(pks, 6)
            if dice.random() < 0.4:
                analyses.trash(some, user=None)
            elif dice.random() < 0.7:
                analyses.restore(some, user=None)
            else:
                analyses.update(some[0], {"sentiment_score": turn / 100})
            done.append(1)

    run_at_once(THREADS, edit)

    assert len(done) >= EDITS
    call_command("check_data")
    analyses.restore(pks, user=None)
    assert sorted(BatchAnalysis.objects.values_list("batch_size", flat=True)) == [12, 12]
    call_command("check_data")
