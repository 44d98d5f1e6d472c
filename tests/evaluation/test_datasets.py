"""Reading texts that people labelled."""

from pathlib import Path

import pytest

from analyses.evaluation import datasets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "goemotions" / "original"
    place.mkdir(parents=True)
    (place / "labels.txt").write_text("joy\nanger\nconfusion\nneutral\n", encoding="utf-8")
    lines = ["so\u2028glad\t0\ta", "torn\t0,1\tb", "what?\t2\tc", "it is noon\t3\td"]
    (place / "dev.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_comments_keep_all_their_emotions_and_odd_line_ends(folder: Path) -> None:
    rows = datasets.goemotions(folder, labelling="original", split="dev")

    assert [(row.text, sorted(row.labels)) for row in rows] == [
        ("so\u2028glad", ["joy"]),
        ("torn", ["anger", "joy"]),
        ("what?", ["confusion"]),
        ("it is noon", ["neutral"]),
    ]


def test_comments_of_two_groups_or_of_none_have_no_sentiment(folder: Path) -> None:
    rows = datasets.goemotions_sentiment(folder, split="dev")

    assert [(row.text, row.label) for row in rows] == [
        ("so\u2028glad", "positive"),
        ("it is noon", "neutral"),
    ]


def test_two_labels_are_not_one() -> None:
    with pytest.raises(ValueError, match="too many"):
        assert datasets.Labelled("torn", frozenset(["joy", "anger"])).label


def test_our_sentences_are_five_in_each_of_24_languages() -> None:
    rows = datasets.sentences_by_language()

    codes = [row.label for row in rows]
    assert len(set(codes)) == 24
    assert {codes.count(code) for code in codes} == {5}
    assert len({row.text for row in rows}) == 120


@pytest.mark.data
def test_the_public_sets_are_read_whole(data_dir: Path) -> None:
    assert len(datasets.airline_tweets(data_dir)) == 14_640
    assert len(datasets.goemotions(data_dir, labelling="ekman", split="dev")) == 5_426
    assert len(datasets.goemotions(data_dir, labelling="original", split="train")) == 43_410
    assert len(datasets.emobank(data_dir)) == 9_062
    assert {row.split for row in datasets.emobank(data_dir)} == {"train", "dev"}
