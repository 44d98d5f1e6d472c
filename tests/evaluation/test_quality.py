"""Figures of engines of quality, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyses.engines.base import Outcome
from analyses.evaluation import quality
from analyses.evaluation.gold import quality_pairs
from analyses.evaluation.gold.quality_pairs import RULES, Pair
from tests.evaluation.engines import answering

PAIRS = [Pair("capital", "We met.", "we met."), Pair("stop", "It rained.", "It rained")]
COMMENTS = (
    "I really like this old song.\t0\ta",
    "no capital but a stop here.\t0\tb",
    "Too short.\t0\tc",
    "Thank you, [NAME], for the help!\t0\td",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "goemotions" / "ekman"
    place.mkdir(parents=True)
    (place / "labels.txt").write_text("joy\n", encoding="utf-8")
    (place / "dev.tsv").write_text("\n".join(COMMENTS) + "\n", encoding="utf-8")
    return tmp_path


def test_pairs_are_told_apart_equal_or_mistaken() -> None:
    shares = quality.told_apart([1.0, 0.5, 0.7, 0.7, 0.2, 0.9, 1.0, 0.9], "data")

    assert [(one.what, one.value, one.sample) for one in shares] == [
        ("told apart", 0.5, 4),
        ("equal scores", 0.25, 4),
        ("mistaken", 0.25, 4),
    ]


def test_comments_give_pairs_where_they_are_well_written(folder: Path) -> None:
    pairs = quality.pairs_of_comments(folder)

    assert {pair.correct for pair in pairs} == {"I really like this old song."}
    assert all(pair.damaged != pair.correct for pair in pairs)
    assert {pair.kind for pair in pairs} <= set(RULES)
    assert pairs == quality.pairs_of_comments(folder)


def test_the_engine_is_measured_beside_reading_ease_and_length(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "all_pairs", lambda: PAIRS)
    engine = answering(
        {
            "We met.": Outcome(value=1.0, confidence=0.9),
            "we met.": Outcome(value=0.5, confidence=0.9),
            "It rained.": Outcome(value=1.0, confidence=0.9),
            "It rained": Outcome(value=1.0, confidence=0.9),
        }
    )

    found = {(one.what, one.data): round(one.value, 4) for one in quality.quality_figures(engine, folder)}

    assert found["told apart", quality.OWN] == 0.5
    assert found["equal scores", quality.OWN] == 0.5
    assert found["expected calibration error", quality.OWN] == 0.15  # three of four right, at 0.9
    assert found["by length alone, equal scores as half", quality.OWN] == 0.75
    assert ("by reading ease alone, equal scores as half", quality.OWN) in found
    assert ("told apart", quality.COMMENTS) in found


def test_our_pairs_are_the_same_every_time() -> None:
    assert quality_pairs.all_pairs() == quality_pairs.all_pairs()
