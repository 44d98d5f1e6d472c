"""Whatever is written, in any order and through any door, the rollup says what the rows say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from analyses.choices import RESULT_FIELD_BY_TYPE, AnalysisStatus, AnalysisType
from analyses.engines import configured, registry, specs
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis, Correction, Rollup, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.queries import filtering, integrity, rollup_totals
from analyses.services import (
    analyses,
    batch_texts,
    batches,
    bulk,
    external_work,
    folding,
    imports,
    jobs,
    posted_batches,
    reruns,
    rollups,
    uploads,
)
from analyses.services.imports import Mapping
from analyses.services.workers import WorkLoop
from analyses.tabular.writing import write_rows

pytestmark = pytest.mark.django_db

EXTERNAL = '[{"type": "sentiment", "name": "acme", "version": "3", "external": true}]'
TEXTS = ("I love it.", "I hate it.", "Das ist gut.", "The parcel is late.", "Never again, never!")
TYPES = ("sentiment", "readability", "language")
TIERS = ("basic", "standard")

any_text = st.sampled_from(TEXTS)
any_texts = st.lists(any_text, min_size=1, max_size=4)
any_type = st.sampled_from(TYPES)
any_tier = st.sampled_from(TIERS)
any_place = st.integers(min_value=0, max_value=99)
# Edges of bins, halves of a millionth, and anything between.
any_share = st.one_of(
    st.sampled_from((0.0, 0.05, 0.1, 0.3, 0.5, 0.7, 0.95, 1.0, 0.0000005, 0.0000015, 0.0000025)),
    st.floats(min_value=0, max_value=1),
)
any_status = st.sampled_from(AnalysisStatus.values)
any_day = st.dates().filter(lambda day: 1971 <= day.year <= 2150)


def has_rows(machine: Any) -> bool:
    return TextAnalysis.objects.exists()


def has_batches(machine: Any) -> bool:
    return BatchAnalysis.objects.exists()


class Writers(RuleBasedStateMachine):
    """People, programs and workers write what comes to their minds; a refusal is an answer."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._stack.enter_context(transaction.atomic())
        registry.configure(configured.providers(specs.read(EXTERNAL), lease_seconds=60))
        self.person = User.objects.create_superuser("editor")
        self.browser = Client()
        self.browser.force_login(self.person)
        self.loop = WorkLoop()

    def teardown(self) -> None:
        """Leave the database as it was."""
        registry.configure(())
        transaction.set_rollback(True)
        self._stack.close()

    # --- Single rows ------------------------------------------------------------------------------

    @rule(text=any_text, kind=any_type, tier=any_tier)
    def create(self, text: str, kind: str, tier: str) -> None:
        allowed(lambda: analyses.create(text_content=text, analysis_type=kind, optimization_tier=tier))

    @rule(texts=any_texts, kind=any_type)
    def create_many(self, texts: list[str], kind: str) -> None:
        list(bulk.create_many(texts, analysis_type=kind))

    @precondition(has_rows)
    @rule(place=any_place, status=any_status, share=any_share, model=st.sampled_from(("", "m 1", "m 2")))
    def update(self, place: int, status: str, share: float, model: str) -> None:
        row = at(TextAnalysis.objects.all(), place)
        values: dict[str, Any] = {"status": status, "model_used": model or None}
        if status in ("completed", "cached"):
            values[result_field(row)] = result_of(row, share)
        allowed(lambda: analyses.update(row.pk, values))

    @precondition(has_rows)
    @rule(place=any_place, share=any_share)
    def send_a_result_alone(self, place: int, share: float) -> None:
        row = at(TextAnalysis.objects.all(), place)
        allowed(lambda: analyses.update(row.pk, {result_field(row): result_of(row, share)}))

    @precondition(has_rows)
    @rule(place=any_place, share=any_share)
    def correct(self, place: int, share: float) -> None:
        row = at(TextAnalysis.objects.all(), place)
        values = {result_field(row): result_of(row, share)}
        allowed(lambda: analyses.correct(row.pk, values=values, reason="", user=self.person))

    @precondition(lambda machine: Correction.objects.exists())
    @rule(place=any_place)
    def withdraw(self, place: int) -> None:
        found = at(Correction.objects.all(), place)
        allowed(lambda: analyses.withdraw_correction(found.analysis_id, field=found.field, user=self.person))

    @precondition(has_rows)
    @rule(place=any_place, text=any_text)
    def edit_text(self, place: int, text: str) -> None:
        row = at(TextAnalysis.objects.all(), place)
        allowed(lambda: analyses.edit_text(row.pk, text_content=text, user=self.person))

    @precondition(has_rows)
    @rule(places=st.lists(any_place, min_size=1, max_size=3))
    def trash(self, places: list[int]) -> None:
        ids = [at(TextAnalysis.objects.all(), place).pk for place in places]
        analyses.trash(ids, user=self.person)

    @precondition(lambda machine: trashed().exists())
    @rule(places=st.lists(any_place, min_size=1, max_size=3))
    def restore(self, places: list[int]) -> None:
        ids = [at(trashed(), place).pk for place in places]
        allowed(lambda: analyses.restore(ids, user=self.person))

    # --- Batches and files ------------------------------------------------------------------------

    @rule(texts=any_texts, kind=any_type, tier=any_tier)
    def post_batch(self, texts: list[str], kind: str, tier: str) -> None:
        post_batch(texts, kind, tier)

    @rule(texts=any_texts)
    def post_batch_for_an_engine_elsewhere(self, texts: list[str]) -> None:
        post_batch(texts, "sentiment", "ultra")

    @precondition(has_batches)
    @rule(place=any_place, texts=any_texts)
    def add_texts(self, place: int, texts: list[str]) -> None:
        batch = at(BatchAnalysis.objects.all(), place)
        allowed(lambda: batch_texts.add_texts(batch.pk, texts))

    @rule(texts=any_texts, day=any_day, tier=any_tier)
    def import_file(self, texts: list[str], day: Any, tier: str) -> None:
        content = write_rows(("text", "day"), ((text, day.isoformat()) for text in texts))
        record = uploads.store_upload(content, file_name="texts.csv", user=None, limit_bytes=0)
        mapping = Mapping("text", "", "day", "iso", "UTC")
        types = ["sentiment", "language"]
        imports.start(record.pk, mapping=mapping, name="b", analysis_types=types, tier=tier, user=None)

    @rule(kind=any_type, again_as=any_type, tier=any_tier)
    def run_rows_again(self, kind: str, again_as: str, tier: str) -> None:
        filtered = filtering.parse(QueryDict(f"analysis_type={kind}"), zone=UTC)
        allowed(
            lambda: reruns.start(
                filtered, zone="UTC", name="again", analysis_types=[again_as], tier=tier, user=self.person
            )
        )

    @precondition(has_batches)
    @rule(
        place=any_place,
        do=st.sampled_from((batches.cancel, batches.resume, batches.retry_failed, batches.trash)),
    )
    def steer_batch(self, place: int, do: Callable[..., Any]) -> None:
        batch = at(BatchAnalysis.objects.all(), place)
        allowed(lambda: do(batch.pk, user=self.person))

    @precondition(lambda machine: BatchAnalysis.objects.filter(deleted_at__isnull=False).exists())
    @rule(place=any_place)
    def restore_batch(self, place: int) -> None:
        batch = at(BatchAnalysis.objects.filter(deleted_at__isnull=False), place)
        batches.restore(batch.pk, user=self.person)

    # --- Workers ----------------------------------------------------------------------------------

    @rule()
    def work(self) -> None:
        """Take up single rows and do a job, whatever is next."""
        analyses.gather_single_rows()
        if (claim := jobs.claim("worker")) is not None:
            self.loop.process(claim)

    @rule(share=any_share, fails=st.booleans())
    def answer_from_elsewhere(self, share: float, fails: bool) -> None:
        work = external_work.claim(analysis_type="sentiment", optimization_tier="ultra", engine="acme")
        if work is None:
            return
        answer: dict[str, Any] = {"error_message": "No."} if fails else {"value": share}
        answers = [{"id": row.pk, **answer} for row in work.rows[:2]]
        external_work.store(work.claim.job_id, work.claim.token, answers)

    @rule()
    def fold(self) -> None:
        folding.fold()

    # --- Pages, and what fails half way ---------------------------------------------------------------

    @precondition(has_rows)
    @rule(
        place=any_place,
        do=st.sampled_from(("correct", "text", "withdraw", "restore")),
        text=any_text,
        share=any_share,
    )
    def press_a_button(self, place: int, do: str, text: str, share: float) -> None:
        row = at(TextAnalysis.objects.all(), place)
        form = {"do": do, "text_content": text, "reason": "", result_field(row): result_of(row, share)}
        self.browser.post(reverse("admin:analyses_textanalysis_change", args=[row.pk]), form)

    @precondition(has_rows)
    @rule(place=any_place)
    def press_delete(self, place: int) -> None:
        row = at(TextAnalysis.objects.all(), place)
        self.browser.post(reverse("admin:analyses_textanalysis_delete", args=[row.pk]), {"post": "yes"})

    @rule(texts=any_texts, place=any_place)
    def write_and_roll_back(self, texts: list[str], place: int) -> None:
        with transaction.atomic():
            post_batch(texts, "sentiment", "basic")
            row = at(TextAnalysis.objects.all(), place)
            allowed(lambda: analyses.update(row.pk, {"status": "error"}))
            analyses.trash([at(TextAnalysis.objects.all(), place + 1).pk], user=None)
            transaction.set_rollback(True)

    # --- What holds ---------------------------------------------------------------------------------

    @invariant()
    def rollup_says_what_the_rows_say(self) -> None:
        assert rollups.problems() == []

    @invariant()
    def totals_say_what_the_rollup_says(self) -> None:
        assert folding.problems() == []
        assert rollup_totals.count() == sum(sums[0] for sums in kept().values())

    @invariant()
    def database_counts_as_python_does(self) -> None:
        deltas = rollups.Deltas()
        for row in TextAnalysis.objects.live():
            key, score = rollups.key_of(row)
            deltas.add(key, score=score)

        assert kept() == {key: (count, deltas.micros[key]) for key, count in deltas.counts.items()}

    @invariant()
    def batches_count_their_rows(self) -> None:
        assert integrity.batch_problems() == []


def allowed(write: Callable[[], Any]) -> None:
    """Write, or be refused."""
    with suppress(ValidationError):
        write()


def at(rows: Any, place: int) -> Any:
    """Give one of the rows."""
    return rows.order_by("pk")[place % rows.count()]


def trashed() -> TextAnalysisQuerySet:
    return TextAnalysis.objects.filter(deleted_at__isnull=False)


def result_field(row: TextAnalysis) -> str:
    return RESULT_FIELD_BY_TYPE[AnalysisType(row.analysis_type)]


def result_of(row: TextAnalysis, share: float) -> Any:
    """Give a result of the row's type."""
    return {"sentiment": 2 * share - 1, "readability": 100 * share}.get(row.analysis_type, "de")


def post_batch(texts: list[str], kind: str, tier: str) -> None:
    posted_batches.create(
        batch_name="b",
        analysis_type=kind,
        optimization_tier=tier,
        model_config=None,
        texts=texts,
        batch_size=0,
        user=None,
    )


def kept() -> dict[rollups.Key, tuple[int, int]]:
    """Sum up the rollup in Python."""
    found: dict[rollups.Key, tuple[int, int]] = {}
    for row in Rollup.objects.all():
        key = rollups.Key(*(getattr(row, name) for name in rollups.KEY_COLUMNS))
        count, micros = found.get(key, (0, 0))
        found[key] = (count + row.count, micros + row.score_micros)
    return {key: sums for key, sums in found.items() if any(sums)}


@pytest.fixture(autouse=True)
def engines_of_this_test() -> Iterator[None]:
    yield
    registry.configure(())


def test_rollup_is_right_after_any_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "FOLD_ROWS_MIN", 3)

    run_state_machine_as_test(
        Writers,
        settings=settings(
            max_examples=8,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
