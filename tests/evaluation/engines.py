"""Engines for tests of the measures: they answer what a table says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from analyses.engines.base import Engine, Outcome


class TableEngine:
    """Answers each text from a table; a text that is not in it is not known."""

    def __init__(self, answers: Mapping[str, Outcome]) -> None:
        self.answers = answers

    def analyze(self, texts: Sequence[str]) -> list[Outcome]:
        return [self.answers.get(text, Outcome(value=None)) for text in texts]


def answering(answers: Mapping[str, Outcome]) -> Engine:
    """Give an engine that answers from a table."""
    return cast("Engine", TableEngine(answers))
