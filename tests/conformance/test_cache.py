"""Lines 7, 9, 63 to 65, 81, 89, 104, 110 and 119 of the conformance list: reads come from the cache, never stale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from analyses.models import TextAnalysis
from analyses.queries import analyses as queries
from analyses.queries import cached_analyses, shared_cache
from analyses.services import analyses, batches, caching
from analyses.services.workers import WorkLoop
from tests.factories import make_analysis, make_batch, make_scored
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

cached = pytest.mark.usefixtures("redis_cache")


def reads_of_analyses(read: Callable[[], object]) -> int:
    """Count the statements that read the table of the analyses."""
    with CaptureQueriesContext(connection) as statements:
        read()
    return sum("text_analyses" in statement["sql"] for statement in statements)


def create(text: str = "Good.", tier: str = "standard") -> TextAnalysis:
    return analyses.create(text_content=text, analysis_type="sentiment", optimization_tier=tier)[0]


@cached
def test_line_064_009_a_second_get_reads_the_cache_and_gives_an_equal_row() -> None:
    batch = make_batch()
    stored = make_scored(
        0.25, batch_analysis=batch, extra={"month": "May", "n": 1.5}, text_content="Ünï 🍣\n"
    )
    first = queries.find(stored.pk)

    assert reads_of_analyses(lambda: queries.find(stored.pk)) == 0
    second = queries.find(stored.pk)

    assert first is not None
    assert second is not None
    assert second.to_dict() == first.to_dict()
    assert second.batch_analysis == batch


@cached
def test_line_064_a_second_get_by_hash_reads_the_cache() -> None:
    row = create()
    queries.find_by_hash(row.text_hash, "sentiment")
    queries.find_by_hash(row.text_hash, "sentiment")

    assert reads_of_analyses(lambda: queries.find_by_hash(row.text_hash, "sentiment")) == 0
    assert queries.find_by_hash(row.text_hash, "sentiment") == row
    assert queries.find_by_hash(row.text_hash, "emotion") is None


def update(row: TextAnalysis) -> None:
    analyses.update(row.pk, {"sentiment_score": -0.5})


def correct(row: TextAnalysis) -> None:
    analyses.correct(row.pk, values={"sentiment_score": -0.5}, reason="", user=None)


def withdraw(row: TextAnalysis) -> None:
    correct(row)
    queries.find(row.pk)
    analyses.withdraw_correction(row.pk, field="sentiment_score", user=None)


def edit(row: TextAnalysis) -> None:
    analyses.edit_text(row.pk, text_content="Quite another text.", user=None)


def delete(row: TextAnalysis) -> None:
    analyses.delete(row.pk)


def trash_batch(row: TextAnalysis) -> None:
    batches.trash(row.batch_analysis_id or 0, user=None)


def analyse_again(row: TextAnalysis) -> None:
    edit(row)
    queries.find(row.pk)
    loop = WorkLoop()
    loop.start()
    while loop.step():
        pass


def retry(row: TextAnalysis) -> None:
    analyses.update(row.pk, {"status": "error", "error_message": "No."})
    queries.find(row.pk)
    batches.retry_failed(row.batch_analysis_id or 0, user=None)


@cached
@pytest.mark.parametrize(
    "write",
    [update, correct, withdraw, edit, delete, trash_batch, analyse_again, retry],
    ids=lambda w: w.__name__,
)
def test_line_064_119_after_every_kind_of_write_the_next_read_is_fresh(
    write: Callable[[TextAnalysis], None], editor: Any
) -> None:
    row = make_scored(0.25, batch_analysis=make_batch())
    assert reads_of_analyses(lambda: queries.find(row.pk)) == 1

    write(row)

    stored = TextAnalysis.objects.live().filter(pk=row.pk).first()
    found = queries.find(row.pk)
    assert (found and found.to_dict()) == (stored and stored.to_dict())
    assert not found or reads_of_analyses(lambda: queries.find(row.pk)) == 0


@cached
def test_line_064_a_newer_analysis_of_the_text_is_found_at_once() -> None:
    standard = create(tier="standard")
    assert queries.find_by_hash(standard.text_hash, "sentiment") == standard

    basic = create(tier="basic")

    assert queries.find_by_hash(standard.text_hash, "sentiment") == basic


@cached
def test_line_119_what_is_rolled_back_is_never_kept() -> None:
    row = make_scored(0.25)
    with transaction.atomic():
        analyses.update(row.pk, {"sentiment_score": -0.5})
        inside = queries.find(row.pk)
        transaction.set_rollback(True)

    found = queries.find(row.pk)

    assert inside is not None
    assert found is not None
    assert (inside.sentiment_score, found.sentiment_score) == (-0.5, 0.25)


@cached
def test_line_119_what_expires_is_read_anew(settings: Any, redis_cache: Any) -> None:
    settings.CACHE_TTL = 60
    row = make_analysis()
    queries.find(row.pk)
    key = cached_analyses.key_of_row(row.pk)
    assert 0 < redis_cache.ttl(key) <= 60

    redis_cache.expire(key, timeout=0)

    assert reads_of_analyses(lambda: queries.find(row.pk)) == 1


@cached
def test_line_119_fifty_misses_at_once_read_the_row_once() -> None:
    row = make_analysis()
    loads: list[int] = []

    def load() -> TextAnalysis | None:
        loads.append(1)
        return TextAnalysis.objects.filter(pk=row.pk).first()

    found = run_at_once(50, lambda _number: cached_analyses.by_id(row.pk, load))

    assert found == [row] * 50
    assert len(loads) == 1


@cached
def test_line_081_the_cache_is_cleared_on_demand() -> None:
    row = make_scored(0.25)
    queries.find(row.pk)
    TextAnalysis.objects.filter(pk=row.pk).update(
        sentiment_score=-0.5
    )  # by hand: the cache does not hear of it

    assert caching.clear_cache() == 1

    found = queries.find(row.pk)
    assert found is not None
    assert found.sentiment_score == -0.5


@cached
def test_line_081_the_command_says_what_it_did(capsys: Any) -> None:
    queries.find(make_analysis().pk)

    call_command("clear_cache")

    assert "1 key" in capsys.readouterr().out


@cached
def test_line_104_089_hits_misses_hit_rate_and_size_are_those_of_real_reads() -> None:
    rows = [make_analysis(), make_analysis()]
    for _round in range(3):
        for row in rows:
            queries.find(row.pk)

    traffic = shared_cache.traffic()

    assert traffic is not None
    assert (traffic.hits, traffic.misses, traffic.size) == (4, 2, 2)
    assert traffic.hit_rate == pytest.approx(4 / 6)


def test_line_065_with_caching_off_every_get_reads_the_database(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    row = make_analysis()
    queries.find(row.pk)

    assert reads_of_analyses(lambda: queries.find(row.pk)) == 1
    assert not shared_cache.is_enabled()
    assert caching.clear_cache() is None


def test_line_063_caching_and_its_lifetime_are_settings(settings: Any) -> None:
    assert settings.ENABLE_CACHING is True
    assert settings.CACHE_TTL == 3600
