"""What of a text is marked."""

from __future__ import annotations

import pytest

from analyses.search.hits import hits
from analyses.search.parsing import parse


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        ("A LATE delivery, late.", "late", ["LATE", "late"]),
        ("A late delivery", '"late delivery"', ["late delivery"]),
        ("late, DELIVERY late", '"late delivery"', ["late, DELIVERY"]),
        ("later lately latte", "late*", ["later", "lately"]),
        ("late refund bag", "late -refund OR bag", ["late", "bag"]),
        ("a b c d", '"a b" OR "b c"', ["a b c"]),
        ("Straße, ﬁne, ½", 'strasse fine "1 2"', ["Straße", "ﬁne", "½"]),
        ("東京の配達", "配達", ["配達"]),
        ("e\u0301te\u0301!", "été", ["été"]),
        ("nothing here", "late", []),
        ("late", "-late", []),
        ("", "late", []),
    ],
)
def test_hits_are_cut_out_and_nothing_is_lost(text: str, question: str, marked: list[str]) -> None:
    pieces = hits(text, parse(question))

    assert [piece.text for piece in pieces if piece.is_hit] == marked
    assert "".join(piece.text for piece in pieces) in (text, "été!")
