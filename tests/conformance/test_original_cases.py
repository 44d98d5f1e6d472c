"""Line 118 of the conformance list: the 33 cases of the documented system's own suite, and what became of each.

original_cases.tsv: number, class and case, what it tried, its counterpart here, and where the original was wrong.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pydantic
import pytest
from django.conf import settings as project
from django.db import connection

from analyses.api.schemas import AnalysisIn, AnalysisUpdateIn, BatchIn
from analyses.choices import AnalysisStatus, AnalysisType, OptimizationTier
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import analyses as queries
from analyses.services import analyses, batch_texts, transactions
from nlpadmin import databases
from nlpadmin.environment import Environment
from tests.conformance import report

TABLE = Path(__file__).with_name("original_cases.tsv")
CASES_BY_CLASS = {
    "Models": 4,
    "Pydantic": 4,
    "Manager": 12,
    "Migrations": 4,
    "Performance": 2,
    "Errors": 3,
    "Integration": 2,
    "free": 2,
}
# The original asserted the opposite, built its data outside of what must raise, relied on defaults that come later.
WRONG_CASES = {"D36": "T10", "D37": "T29", "D38": "T1"}
START = """
import json
import django
django.setup()
from analyses.queries import health
health.DATABASE_SECONDS = health.MIGRATIONS_SECONDS = 30.0
status = health.status()
print(json.dumps([status.is_healthy, status.error_rate, status.details]))
"""


class Case(NamedTuple):
    """A case of the original suite and the test that took its place."""

    number: str
    name: str
    tried: str
    counterpart: str
    difference: str


def cases() -> list[Case]:
    rows = TABLE.read_text(encoding="utf-8").splitlines()
    return [Case(*row.split("\t")) for row in rows]


def create(text: str = "I love this product!", **fields: Any) -> TextAnalysis:
    values = {"text_content": text, "analysis_type": "sentiment"} | fields
    return analyses.create(**values)[0]


def test_line_118_the_table_has_all_33_cases() -> None:
    listed = cases()

    assert [case.number for case in listed] == [f"T{number}" for number in range(1, 34)]
    assert Counter(case.name.partition(".")[0] for case in listed) == CASES_BY_CLASS
    assert len({case.name for case in listed}) == 33
    assert len({case.counterpart for case in listed}) == 33
    differences = {case.number: case.difference for case in listed}
    assert all(differences[number].startswith(fault) for fault, number in WRONG_CASES.items())


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.number)
def test_line_118_each_case_has_a_counterpart_that_pytest_collects(case: Case) -> None:
    file, _, name = case.counterpart.partition("::")
    module = importlib.import_module("tests." + file.removesuffix(".py").replace("/", "."))
    test = getattr(module, name, None)

    assert Path(file).match("test_*.py")
    assert name.startswith("test_")
    assert inspect.isfunction(test), f"{case.number}: tests/{case.counterpart} is no test"
    assert Path(inspect.getfile(test)) == report.TESTS / file
    marks = {mark.name for mark in [*getattr(test, "pytestmark", []), *marks_of(module)]}
    assert not marks & {"skip", "skipif", "xfail"}


def marks_of(module: Any) -> list[Any]:
    found = getattr(module, "pytestmark", [])
    return found if isinstance(found, list) else [found]


def test_line_118_t1_an_unsaved_analysis_keeps_its_values_and_has_its_defaults() -> None:
    row = TextAnalysis(text_content="Test text", analysis_type=AnalysisType.SENTIMENT)

    assert (row.text_content, row.analysis_type) == ("Test text", "sentiment")
    assert (row.status, row.optimization_tier) == ("pending", "standard")
    assert row._state.adding


def test_line_118_t2_an_unsaved_batch_keeps_its_values_and_has_counted_nothing() -> None:
    batch = BatchAnalysis(batch_name="Test batch", batch_size=10, analysis_type=AnalysisType.QUALITY)

    assert (batch.batch_name, batch.batch_size, batch.analysis_type) == ("Test batch", 10, "quality")
    assert (batch.completed_count, batch.error_count, batch.status) == (0, 0, "pending")


def test_line_118_t5_a_text_with_type_and_tier_is_accepted() -> None:
    given = {"text_content": "Test text", "analysis_type": "sentiment", "optimization_tier": "ultra"}

    assert AnalysisIn.model_validate(given).model_dump() == given | {"settings": None}


def test_line_118_t6_an_update_of_status_score_and_time_is_accepted() -> None:
    given = {"status": "completed", "sentiment_score": 0.8, "processing_time_ms": 150.5}

    assert AnalysisUpdateIn.model_validate(given).model_dump(exclude_unset=True) == given


def test_line_118_t7_a_batch_with_name_type_and_tier_is_accepted() -> None:
    given = {"batch_name": "Test batch", "analysis_type": "emotion", "optimization_tier": "advanced"}

    accepted = BatchIn.model_validate(given | {"model_config": {"window": 3}})

    assert accepted.model_dump(exclude_unset=True) == given | {"settings": {"window": 3}}


def test_line_118_t8_an_empty_text_and_a_score_out_of_bounds_are_refused() -> None:
    with pytest.raises(pydantic.ValidationError, match="text_content"):
        AnalysisIn.model_validate({"text_content": "", "analysis_type": "sentiment"})
    with pytest.raises(pydantic.ValidationError, match="sentiment_score"):
        AnalysisUpdateIn.model_validate({"sentiment_score": 1.5})


def test_line_118_t9_a_process_that_starts_has_its_database_and_is_healthy(
    child_environment: dict[str, str],
) -> None:
    done = subprocess.run(
        (sys.executable, "-c", START),
        cwd=project.BASE_DIR,
        env=child_environment | {"REDIS_URL": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert json.loads(done.stdout) == [True, 0.0, {}]


@pytest.mark.django_db(transaction=True)
def test_line_118_t10_inside_the_block_a_transaction_is_open_and_afterwards_it_is_not() -> None:
    is_open = [connection.in_atomic_block]

    with transactions.managed("look"), connection.cursor() as cursor:
        is_open.append(connection.in_atomic_block)
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)

    is_open.append(connection.in_atomic_block)
    assert is_open == [False, True, False]


@pytest.mark.django_db
def test_line_118_t11_a_new_analysis_has_id_text_type_and_hash_and_is_pending() -> None:
    row = TextAnalysis.objects.get(pk=create().pk)

    assert (row.text_content, row.analysis_type, row.status) == (
        "I love this product!",
        "sentiment",
        "pending",
    )
    assert row.text_hash == hashlib.sha256(b"I love this product!").hexdigest()


@pytest.mark.django_db
def test_line_118_t12_an_analysis_is_found_by_its_id() -> None:
    create("Another one.")
    row = create()

    found = queries.find(row.pk)

    assert found is not None
    assert (found.pk, found.text_content) == (row.pk, "I love this product!")


@pytest.mark.django_db
def test_line_118_t13_an_analysis_is_found_by_its_hash_and_type() -> None:
    row, other = create(), create(analysis_type="emotion")
    text_hash = hashlib.sha256(b"I love this product!").hexdigest()

    assert queries.find_by_hash(text_hash, "sentiment") == row
    assert queries.find_by_hash(text_hash, "emotion") == other
    assert queries.find_by_hash(text_hash, "quality") is None


@pytest.mark.django_db
def test_line_118_t14_an_update_stores_result_and_model_and_sets_the_moment() -> None:
    row = create()

    analyses.update(row.pk, {"status": "completed", "sentiment_score": 0.8, "model_used": "test-model"})

    row.refresh_from_db()
    assert (row.status, row.sentiment_score, row.model_used) == ("completed", 0.8, "test-model")
    assert row.processed_at is not None
    assert row.processed_at >= row.created_at


@pytest.mark.django_db
def test_line_118_t15_five_of_a_type_are_listed_and_none_of_another() -> None:
    made = [create(f"Text {number}.") for number in range(5)]
    create(analysis_type="quality")

    assert queries.select(analysis_type="sentiment", limit=10) == made[::-1]


@pytest.mark.django_db
def test_line_118_t17_a_new_batch_has_id_name_and_type_and_is_pending() -> None:
    made = batch_texts.create(batch_name="Test batch", analysis_type="sentiment")

    batch = BatchAnalysis.objects.get(pk=made.pk)

    assert (batch.batch_name, batch.analysis_type, batch.status) == ("Test batch", "sentiment", "pending")


@pytest.mark.django_db
def test_line_118_t18_five_done_and_one_failed_are_stored() -> None:
    batch = batch_texts.create(batch_name="Test batch", analysis_type="sentiment", batch_size=10)

    batch_texts.update_progress(batch.pk, completed_count=5, error_count=1)

    batch.refresh_from_db()
    assert (batch.completed_count, batch.error_count, batch.batch_size) == (5, 1, 10)
    assert (batch.status, batch.completed_at) == ("processing", None)


@pytest.mark.django_db
def test_line_118_t27_an_id_that_there_is_not_finds_nothing() -> None:
    create()

    assert queries.find(99999) is None


@pytest.mark.django_db
def test_line_118_t29_an_update_out_of_bounds_is_refused_and_changes_nothing() -> None:
    row = create()
    before = TextAnalysis.objects.get(pk=row.pk).to_dict()

    with pytest.raises(ValidationError) as caught:
        analyses.update(row.pk, {"status": "completed", "sentiment_score": 2.0})

    assert caught.value.field == "sentiment_score"
    assert TextAnalysis.objects.get(pk=row.pk).to_dict() == before


@pytest.mark.django_db(transaction=True)
def test_line_118_t30_a_batch_of_three_is_worked_off_and_completed() -> None:
    batch = batch_texts.create(batch_name="Workflow", analysis_type="sentiment")
    batch_texts.add_texts(batch.pk, ["Good.", "Better.", "Best."])
    states = []

    for row, score in zip(batch.text_analyses.order_by("line_number"), (0.5, 0.7, 0.9), strict=True):
        analyses.update(row.pk, {"status": "completed", "sentiment_score": score})
        batch.refresh_from_db()
        states.append((batch.status, batch.completed_count, batch.error_count))

    assert states == [("processing", 1, 0), ("processing", 2, 0), ("completed", 3, 0)]
    assert (batch.batch_size, batch.completed_at is not None) == (3, True)
    listed = queries.select(status="completed")
    assert [(row.batch_analysis, row.sentiment_score) for row in listed] == [
        (batch, 0.9),
        (batch, 0.7),
        (batch, 0.5),
    ]


def test_line_118_t32_address_pool_size_and_caching_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "DATABASE_URL": "postgresql://somebody:secret@db.example.org:5433/test_db",
        "DB_POOL_SIZE": "20",
        "DB_MAX_OVERFLOW": "7",
        "ENABLE_CACHING": "true",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_PASSWORD_FILE", raising=False)
    monkeypatch.setattr(databases, "serves_pages", lambda: True)

    read = Environment.read()
    opened = databases.configure(read)

    assert (read.DB_POOL_SIZE, read.ENABLE_CACHING) == (20, True)
    place = {name: opened[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")}
    assert place == {
        "USER": "somebody",
        "PASSWORD": "secret",
        "HOST": "db.example.org",
        "PORT": 5433,
        "NAME": "test_db",
    }
    assert opened["OPTIONS"]["pool"]["max_size"] == 27


def test_line_118_t33_members_equal_their_strings() -> None:
    members = (AnalysisType.SENTIMENT, AnalysisStatus.COMPLETED, OptimizationTier.STANDARD)

    assert members == ("sentiment", "completed", "standard")
