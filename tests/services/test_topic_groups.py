"""A batch's groups: found once over all its texts, whoever works on it and whatever stops them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from analyses.choices import AnalysisStatus, AnalysisType, ImportState, JobKind, JobState
from analyses.engines import registry
from analyses.engines import topic_groups as engines
from analyses.engines.registry import Provider
from analyses.engines.topic_groups import SingleTextTopicsEngine, TopicGroupsEngine
from analyses.exceptions import EngineNotInstalledError, LeaseLostError
from analyses.models import BatchAnalysis, Import, Job, TextAnalysis
from analyses.queries import topic_groups as queries
from analyses.services import (
    analyses,
    analysing,
    batches,
    importing,
    imports,
    jobs,
    topic_groups,
    uploads,
    workers,
)
from tests.engines.test_topic_groups import made_texts
from tests.factories import make_analysis, make_batch, make_import

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    """Install the engine that stands in for the groups."""
    registry.configure([Provider(SingleTextTopicsEngine.facts, SingleTextTopicsEngine)])
    yield
    registry.configure(())


def topic_batch(texts: list[str], **fields: Any) -> BatchAnalysis:
    batch = make_batch(analysis_type=AnalysisType.TOPICS, **fields)
    for line, text in enumerate(texts, start=2):
        make_analysis(batch_analysis=batch, text_content=text, line_number=line)
    jobs.enqueue(batches.chunk_jobs(batch.pk, range(2, len(texts) + 2)))
    batch.refresh_from_db()
    return batch


def run_all() -> None:
    while claim := jobs.claim("test"):
        workers.HANDLERS[claim.kind](claim)


def values(batch: BatchAnalysis) -> list[Any]:
    return list(batch.text_analyses.order_by("line_number").values_list("topics", flat=True))


def models(batch: BatchAnalysis) -> set[str | None]:
    return set(batch.text_analyses.values_list("model_used", flat=True))


def csv_of(texts: list[str]) -> bytes:
    return ("text\n" + "".join(f'"{text}"\n' for text in texts)).encode()


def start_import(texts: list[str], *types: str) -> Import:
    record = uploads.store_upload([csv_of(texts)], file_name="texts.csv", user=None)
    return imports.start(
        record.pk,
        mapping=imports.Mapping("text"),
        name="texts",
        analysis_types=types or ("topics",),
        tier="standard",
        user=None,
    )


def test_rows_have_the_terms_of_their_group_and_a_model_of_their_batch() -> None:
    batch = topic_batch(made_texts(80, "hotel", "kitchen"))

    run_all()

    found = values(batch)
    assert found[0] == found[2]
    assert found[0] != found[1]
    assert set(found[0]) >= {"hotel", "room", "soft", "bed"}
    assert models(batch) == {f"topic-groups 1 (batch {batch.pk})"}
    call_command("check_data")


def test_a_result_is_never_copied_from_another_batch() -> None:
    texts = made_texts(60, "hotel", "kitchen")
    first = topic_batch(texts)
    run_all()
    second = topic_batch([texts[0], "Nothing of that kind."])

    run_all()

    assert values(first)[0]
    assert values(second) == [[], []]
    assert set(second.text_analyses.values_list("status", flat=True)) == {"completed"}


def test_the_same_text_twice_in_a_batch_is_computed_once() -> None:
    texts = made_texts(60, "hotel", "kitchen")
    batch = topic_batch([*texts, texts[0]])

    run_all()

    assert values(batch)[0] == values(batch)[-1]
    assert batch.text_analyses.get(line_number=62).status == AnalysisStatus.CACHED


@pytest.mark.parametrize(
    "texts", [["One text about trains."], ["The same about trains."] * 30, [".", "!", "1 2 3"]]
)
def test_texts_too_few_or_too_alike_are_done_without_a_group(texts: list[str]) -> None:
    batch = topic_batch(texts)

    run_all()

    batch.refresh_from_db()
    assert values(batch) == [[]] * len(texts)
    assert (batch.completed_count, batch.error_count) == (len(texts), 0)


def test_a_single_text_has_labels() -> None:
    row, _created = analyses.create(text_content="My flight was late.", analysis_type="topics")
    analyses.gather_single_rows()

    run_all()

    row.refresh_from_db()
    assert (row.topics, row.model_used) == (["travel"], "topic-groups 1 (labels of topic-words 1)")


def test_basic_batches_and_other_types_have_no_groups() -> None:
    batch = make_batch(analysis_type=AnalysisType.SENTIMENT)
    engine = registry.get_engine("sentiment", "standard")

    assert topic_groups.engine_for(engine, batch_id=batch.pk) is engine
    assert not topic_groups.need_all_texts("topics", "basic")
    assert not topic_groups.need_all_texts("sentiment", "standard")


def test_the_groups_are_found_once_and_then_read_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = topic_batch(made_texts(60, "hotel", "kitchen"))
    stand_in = registry.get_engine("topics", "standard")
    first = topic_groups.engine_for(stand_in, batch_id=batch.pk)
    monkeypatch.setattr(engines, "fit", lambda _texts: pytest.fail("fitted again"))

    with django_assert_num_queries(1):
        second = topic_groups.engine_for(stand_in, batch_id=batch.pk)

    assert isinstance(first, TopicGroupsEngine)
    assert isinstance(second, TopicGroupsEngine)
    assert first.groups == second.groups


def test_of_two_workers_that_find_groups_the_first_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = topic_batch(made_texts(60, "hotel", "kitchen"))
    stand_in = registry.get_engine("topics", "standard")
    theirs = engines.fit(made_texts(90))

    def fit_while_another_worker_keeps_its_own(_texts: Any) -> engines.Groups:
        topic_groups._keep(batch.pk, theirs)
        return engines.fit_alone(list(_texts))  # type: ignore[attr-defined,no-any-return]

    monkeypatch.setattr(engines, "fit_alone", engines.fit, raising=False)
    monkeypatch.setattr(engines, "fit", fit_while_another_worker_keeps_its_own)
    engine = topic_groups.engine_for(stand_in, batch_id=batch.pk)

    assert isinstance(engine, TopicGroupsEngine)
    assert engine.groups == theirs
    assert queries.find(batch.pk) == theirs


def test_keeping_groups_leaves_the_batchs_other_settings_alone() -> None:
    batch = topic_batch(made_texts(60, "hotel", "kitchen"))
    BatchAnalysis.objects.filter(pk=batch.pk).update(model_config={"note": "by hand"})

    run_all()

    batch.refresh_from_db()
    assert set(batch.model_config or {}) == {"note", "topic_groups"}


def test_a_worker_that_dies_between_finding_and_keeping_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = topic_batch(made_texts(60, "hotel", "kitchen"))

    class Killed(BaseException):
        pass

    def die(*_args: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(topic_groups, "_keep", die)
        claim = jobs.claim("killed")
        assert claim
        with pytest.raises(Killed):
            analysing.run(claim)
    assert queries.find(batch.pk) is None
    Job.objects.update(lease_until=jobs.in_future(-1))
    jobs.requeue_expired()
    run_all()

    assert all(values(batch))
    call_command("check_data")


def test_a_worker_that_dies_after_keeping_leaves_groups_that_the_next_one_takes() -> None:
    batch = topic_batch(made_texts(60, "hotel", "kitchen"))
    stand_in = registry.get_engine("topics", "standard")
    assert jobs.claim("killed")
    kept = topic_groups.engine_for(stand_in, batch_id=batch.pk)
    Job.objects.update(lease_until=jobs.in_future(-1))
    jobs.requeue_expired()

    run_all()

    assert isinstance(kept, TopicGroupsEngine)
    assert queries.find(batch.pk) == kept.groups
    assert all(values(batch))


def test_failed_rows_are_tried_again_with_the_groups_that_were_found(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = topic_batch(made_texts(60, "hotel", "kitchen"))
    kept = topic_groups.engine_for(registry.get_engine("topics", "standard"), batch_id=batch.pk)
    with monkeypatch.context() as patch:
        patch.setattr(topic_groups, "engine_for", refuse)
        run_all()
    assert set(batch.text_analyses.values_list("status", flat=True)) == {"error"}

    assert batches.retry_failed(batch.pk, user=None) == 60
    run_all()

    assert isinstance(kept, TopicGroupsEngine)
    assert all(values(batch))
    assert queries.find(batch.pk) == kept.groups
    call_command("check_data")


def refuse(*_args: Any, **_options: Any) -> None:
    raise EngineNotInstalledError("analysis_type", "Away for now.")


def test_a_batch_that_is_gone_changes_nothing() -> None:
    stand_in = registry.get_engine("topics", "standard")

    with pytest.raises(LeaseLostError):
        topic_groups.engine_for(stand_in, batch_id=987_654)


# --- The file must have been read to its end ---------------------------------------------------------


def test_work_on_the_groups_begins_when_the_file_is_read() -> None:
    record = start_import(made_texts(60, "hotel", "kitchen"), "topics", "sentiment")
    claim = jobs.claim("reader")
    assert claim
    block = next(importing.read_blocks(record))
    importing._store(claim, record, block)

    by_type = set(
        Job.objects.filter(kind=JobKind.ANALYSE_CHUNK).values_list("batch__analysis_type", flat=True)
    )
    assert by_type == {"sentiment"}
    record.refresh_from_db()
    importing.complete(claim, record)

    topics = BatchAnalysis.objects.get(analysis_type="topics")
    assert [job.arguments["rows"] for job in Job.objects.filter(batch=topics)] == [60]
    run_all()
    assert all(values(topics))
    topics.refresh_from_db()
    assert topics.status == AnalysisStatus.COMPLETED
    call_command("check_data")


def test_a_file_that_cannot_be_read_on_is_grouped_as_far_as_it_goes() -> None:
    record = start_import(made_texts(60, "hotel", "kitchen"))
    claim = jobs.claim("reader")
    assert claim
    importing._store(claim, record, next(importing.read_blocks(record)))
    importing.fail(claim, record, "The file is gone.")

    run_all()

    batch = BatchAnalysis.objects.get()
    assert batch.completed_count == 60


def test_a_chunk_waits_while_the_file_is_being_read() -> None:
    batch = topic_batch(made_texts(60), source_import=make_import(state=ImportState.READING))

    claim = jobs.claim("early")
    assert claim
    analysing.run(claim)

    job = Job.objects.get()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    assert job.error == "The groups are of all texts, and the file is still being read."
    assert job.run_after > timezone.now()
    assert queries.find(batch.pk) is None


def test_a_batch_resumed_while_its_file_is_read_begins_at_the_files_end() -> None:
    record = start_import(made_texts(60, "hotel", "kitchen"))
    claim = jobs.claim("reader")
    assert claim
    importing._store(claim, record, next(importing.read_blocks(record)))
    Import.objects.update(state=ImportState.READING)
    batch = BatchAnalysis.objects.get()
    batches.cancel(batch.pk, user=None)

    batches.resume(batch.pk, user=None)
    assert not Job.objects.filter(batch=batch).exists()
    importing.complete(claim, record)
    run_all()

    assert all(values(batch))
    call_command("check_data")


def test_a_batch_cancelled_while_its_file_is_read_begins_when_it_is_resumed() -> None:
    record = start_import(made_texts(60, "hotel", "kitchen"))
    batch = BatchAnalysis.objects.get()
    batches.cancel(batch.pk, user=None)
    claim = jobs.claim("reader")
    assert claim
    importing.run(claim)
    assert record.pk
    assert not Job.objects.filter(batch=batch).exists()

    batches.resume(batch.pk, user=None)
    run_all()

    assert all(values(batch))


# --- Size, and workers at the same time --------------------------------------------------------------


def test_twenty_thousand_rows_are_grouped_in_sensible_time() -> None:
    batch = make_batch(analysis_type=AnalysisType.TOPICS)
    fill(batch, made_texts(20_000))
    started = timezone.now()

    stand_in = registry.get_engine("topics", "standard")
    engine = topic_groups.engine_for(stand_in, batch_id=batch.pk)

    assert isinstance(engine, TopicGroupsEngine)
    assert engine.groups.texts == 2_000
    assert len(engine.groups.groups) >= 3
    assert (timezone.now() - started).total_seconds() < 20


def fill(batch: BatchAnalysis, texts: list[str]) -> None:
    """Add rows by the thousand, without counters: only what finding groups reads."""
    from analyses.texts import text_hash

    TextAnalysis.objects.bulk_create(
        (
            TextAnalysis(
                batch_analysis=batch,
                line_number=line,
                text_content=text,
                text_hash=text_hash(text),
                content_length=len(text),
                analysis_type=batch.analysis_type,
            )
            for line, text in enumerate(texts, start=2)
        ),
        batch_size=1_000,
    )


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_agree_on_the_groups() -> None:
    batch = topic_batch(made_texts(60, "hotel", "kitchen"))
    candidates = [engines.fit(made_texts(60 + 30 * number)) for number in range(4)]
    kept: list[engines.Groups] = []
    barrier = threading.Barrier(len(candidates))

    def keep(found: engines.Groups) -> None:
        try:
            barrier.wait()
            kept.append(topic_groups._keep(batch.pk, found))
        finally:
            connection.close()

    threads = [threading.Thread(target=keep, args=(found,)) for found in candidates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(kept) == 4
    assert all(found == queries.find(batch.pk) for found in kept)
    assert kept[0] in candidates
