"""Reading GoEmotions' files and grouping its labels."""

from pathlib import Path

import pytest

from training.goemotions import GROUP_BY_LABEL, Comment, read_comments


def write_set(folder: Path, lines: str) -> Path:
    folder.joinpath("labels.txt").write_text("joy\nanger\nsurprise\nneutral", encoding="utf-8")
    folder.joinpath("train.tsv").write_text(lines, encoding="utf-8")
    return folder


def test_a_comment_has_its_text_and_the_names_of_its_labels(tmp_path: Path) -> None:
    folder = write_set(tmp_path, 'He said "hi"\t0,2\tab1\n\u2028 odd\t3\tab2\n')

    assert read_comments(folder, "train") == [
        Comment('He said "hi"', ("joy", "surprise")),
        Comment("\u2028 odd", ("neutral",)),
    ]


@pytest.mark.parametrize("line", ["no tab\n", "text\tone\tid\n", "text\t9\tid\n", "a\tb\t1\tid\n"])
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str) -> None:
    folder = write_set(tmp_path, "good\t0\tid\n" + line)

    with pytest.raises(ValueError, match=r"train\.tsv, line 2: expected text, label numbers and id\.$"):
        read_comments(folder, "train")


def test_labels_fall_into_the_groups_of_the_paper() -> None:
    comment = Comment("What?!", ("surprise", "anger"))

    assert comment.groups == {"ambiguous", "negative"}
    sizes = [list(GROUP_BY_LABEL.values()).count(group) for group in ("positive", "negative", "ambiguous")]
    assert sizes == [12, 11, 4]


@pytest.mark.data
def test_every_label_of_the_data_has_a_group(data_dir: Path) -> None:
    names = (data_dir / "goemotions" / "original" / "labels.txt").read_text(encoding="utf-8").split()

    assert set(names) == set(GROUP_BY_LABEL)
