"""The page about the engines: each has its figures, size and speed."""

from __future__ import annotations

import re
from pathlib import Path

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.evaluation import report
from analyses.evaluation.figures import Figure
from analyses.evaluation.loading import Loaded, loaded
from analyses.evaluation.measures import MEASURES

# What a page must say of an engine's answers, type by type.
ACCURACY = {
    AnalysisType.SENTIMENT: "macro-F1",
    AnalysisType.QUALITY: "told apart",
    AnalysisType.EMOTION: "macro-F1",
    AnalysisType.LANGUAGE: "right",
    AnalysisType.KEYWORDS: "F1",
    AnalysisType.READABILITY: "within 10 points of the whole work",
    AnalysisType.ENTITIES: "F1",
    AnalysisType.TOPICS: "micro-F1",
}


def test_every_type_is_measured() -> None:
    assert set(MEASURES) == set(AnalysisType)


def test_the_shipped_page_has_a_line_and_figures_for_every_engine_of_every_tier() -> None:
    page = (Path(__file__).parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")
    sections = {part.partition("\n")[0]: part for part in page.split("\n### ")[1:]}
    lines = {
        (analysis_type, tier, model_used)
        for analysis_type, tiers, model_used in re.findall(
            r"^\| (\w+) \| ([\w, ]+) \| ([^|]+) \|", page, re.M
        )
        for tier in tiers.split(", ")
    }

    for row in registry.installed():
        name = row.facts.model_used
        assert (row.analysis_type.value, row.tier.value, name) in lines
        assert re.search(
            ACCURACY[row.analysis_type] + r" \| [^|]+ \| [01]\.\d{3} \| [\d,]+ \|", sections[name]
        ), name
        assert re.search(r"\| expected calibration error \| [^|]+ \| [01]\.\d{3} \|", sections[name]), name


def test_loading_is_measured_in_a_process_of_its_own() -> None:
    found = loaded(AnalysisType.EMOTION, OptimizationTier.STANDARD)

    assert found.memory_mb > 1
    assert 200 < found.files_kb < 1024
    assert found.packages == ("vaderSentiment",)  # imported before, but its lexicon is read now
    assert 0.4 < found.packages_mb < 1


def test_the_page_shows_what_was_measured() -> None:
    engine = registry.get_engine(AnalysisType.EMOTION, OptimizationTier.BASIC)
    judged = report.Judged(
        engine=engine,
        tiers=(OptimizationTier.BASIC,),
        figures=(Figure("macro-F1", "comments", 0.5271, 4946),),
        texts_per_second=3714.2,
        loaded=Loaded(memory_mb=0.4, files_kb=21.3, packages=("numpy", "tqdm"), packages_mb=89.6),
    )

    page = report.as_markdown([judged], preface="Measured today.")

    row = "| emotion | basic | emotion-words 1 | en | 3,714 | 0 MB | 21 kB | 2: 89.6 MB |"
    assert row in page
    assert "| macro-F1 | comments | 0.527 | 4,946 |" in page
    assert "Loads the packages numpy, tqdm." in page
    assert ">>>" not in page
