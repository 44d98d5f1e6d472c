"""Workers are killed while they look for a batch's groups; in the end all rows were answered by the same ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyses.choices import JobKind
from analyses.engines import registry, topic_groups
from analyses.engines.registry import Provider
from analyses.engines.topic_groups import SingleTextTopicsEngine
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import topic_groups as queries
from tests.engines.test_topic_groups import made_texts
from tests.faults import crew as crews
from tests.faults.crew import Crew, check_settled, pause, start_import

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def workers_with_groups(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let here and in the workers the engine be installed that stands in for the groups."""
    monkeypatch.setattr(crews, "SCRIPT", Path(__file__).with_name("topics_worker.py"))
    registry.configure([Provider(SingleTextTopicsEngine.facts, SingleTextTopicsEngine)])
    yield
    registry.configure(())


def test_killed_workers_agree_on_one_set_of_groups(crew: Crew, is_full: bool, figures: Any) -> None:
    kills, rows = (30, 20_000) if is_full else (4, 3_000)
    crew.hire_many(3)
    record = start_import(made_texts(rows), "topics")

    for _ in range(kills):
        worker = crew.catch(JobKind.ANALYSE_CHUNK)
        pause(random.uniform(0, 0.3))
        worker.kill()
        crew.hire()
    crew.finish()

    assert check_settled(record, rows=rows) == {"completed": rows}
    batch = BatchAnalysis.objects.get()
    kept = queries.find(batch.pk)
    assert kept is not None
    for text, topics in TextAnalysis.objects.values_list("text_content", "topics").order_by("pk")[:500]:
        place = topic_groups.assign(text, kept).group
        assert topics == ([] if place is None else list(kept.groups[place].terms))
    assert crew.unwanted_lines() == []
    figures(kills=kills, items=rows, lost=0)
