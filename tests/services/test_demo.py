"""The demo's texts come in by the ordinary import, once."""

import pytest
from django.core.management import call_command

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.models import BatchAnalysis, Import, TextAnalysis
from analyses.services import demo
from analyses.services.workers import WorkLoop

pytestmark = pytest.mark.django_db(transaction=True)


def test_demo_texts_are_loaded_once_and_analysed() -> None:
    assert demo.load_demo_texts()
    assert not demo.load_demo_texts()
    loop = WorkLoop()
    while loop.step():
        pass

    record = Import.objects.get()
    assert record.rejected_count == 0
    assert record.accepted_count > 300
    kinds = {row.analysis_type for row in registry.installed() if row.tier == OptimizationTier.STANDARD}
    assert {"sentiment", "language", "readability"} <= kinds
    assert TextAnalysis.objects.count() == len(kinds) * record.accepted_count
    assert {batch.analysis_type for batch in BatchAnalysis.objects.all()} == kinds
    assert {batch.status for batch in BatchAnalysis.objects.all()} == {"completed"}
    assert set(
        TextAnalysis.objects.filter(analysis_type="language").values_list("language_detected", flat=True)
    ) > {
        "en",
        "de",
        "fr",
    }
    call_command("check_data")


def test_every_type_of_an_installed_engine_is_shown(actors: None) -> None:
    assert set(demo.analysis_types()) == set(AnalysisType)
    assert len(demo.analysis_types()) == 8
