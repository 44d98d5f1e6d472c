"""Many single analyses at once: each text once, whatever others write meanwhile."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analyses.exceptions import ValidationError
from analyses.models import Rollup, TextAnalysis
from analyses.services import analyses, bulk
from analyses.services.batch_texts import RefusedText
from analyses.services.bulk import Made
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def create_many(given: Any) -> list[Made | RefusedText]:
    return list(bulk.create_many(given, analysis_type="sentiment"))


def test_each_text_becomes_one_pending_analysis_as_one_created_alone() -> None:
    alone, _is_new = analyses.create(text_content="Good.", analysis_type="sentiment")

    outcomes = create_many(["Good.", "Bad.", "Bad."])

    bad = TextAnalysis.objects.exclude(pk=alone.pk).get()
    assert outcomes == [Made(0, alone.pk, False), Made(1, bad.pk, True), Made(2, bad.pk, False)]
    assert (bad.status, bad.content_length, bad.optimization_tier) == ("pending", 4, "standard")
    assert analyses.create(text_content="Bad.", analysis_type="sentiment") == (bad, False)
    call_command("check_data")


def test_a_bad_text_is_refused_at_its_place_and_stops_no_other() -> None:
    outcomes = create_many(["One.", "", "x" * 10_001, "Two."])

    assert [isinstance(outcome, Made) for outcome in outcomes] == [True, False, False, True]
    assert [outcome.position for outcome in outcomes] == [0, 1, 2, 3]
    refused = [outcome for outcome in outcomes if isinstance(outcome, RefusedText)]
    assert all(one.field == "text_content" and one.reason for one in refused)
    assert TextAnalysis.objects.count() == 2


def test_all_or_none_keeps_none_when_one_is_bad() -> None:
    with pytest.raises(ValidationError) as caught:
        bulk.create_all(["One.", ""], analysis_type="sentiment")

    assert caught.value.field == "texts.1"
    assert not TextAnalysis.objects.exists()


def test_all_or_none_keeps_all() -> None:
    made = bulk.create_all(["One.", "Two."], analysis_type="sentiment")

    assert [one.is_new for one in made] == [True, True]
    call_command("check_data")


def test_an_unknown_type_is_refused_before_anything_is_written() -> None:
    with pytest.raises(ValidationError):
        bulk.create_many(["One."], analysis_type="taste")

    assert not TextAnalysis.objects.exists()


def test_a_thousand_take_a_few_statements() -> None:
    given = [f"Text {number}." for number in range(1000)]

    with CaptureQueriesContext(connection) as statements:
        create_many(given)

    assert TextAnalysis.objects.count() == 1000
    assert len(statements) <= 16
    assert sum(Rollup.objects.values_list("count", flat=True)) == 1000


def numbered(count: int) -> Iterator[str]:
    return (f"Text {number}, which is long enough to be seen in memory." for number in range(count))


def test_memory_does_not_grow_with_the_number_of_texts() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        for _outcome in bulk.create_many(numbered(count), analysis_type="sentiment"):
            pass
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1000)

    few, many = peak(2_000), peak(20_000)

    assert TextAnalysis.objects.count() == 20_000
    assert many < few + 1_000_000


def test_parallel_writers_of_the_same_texts_make_each_once() -> None:
    given = [f"Text {number}." for number in range(300)]

    def write(number: int) -> list[Made | RefusedText]:
        mine = given[:]
        random.Random(number).shuffle(mine)
        return create_many(mine)

    outcomes = run_at_once(4, write)

    made = [one for each in outcomes for one in each if isinstance(one, Made)]
    assert len(made) == 4 * 300
    assert sum(one.is_new for one in made) == TextAnalysis.objects.count() == 300
    call_command("check_data")
