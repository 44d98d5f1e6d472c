"""Why a result is what it is: ask the engine again, mark the words that carried it, say what cannot be said."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any

from django.utils.translation import gettext as _

from analyses.charts import marks
from analyses.charts.marks import EMOTION_TONES, Marked
from analyses.charts.shares import ShareBar
from analyses.choices import DONE_STATUSES, AnalysisStatus, AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.engines.base import Engine, Outcome, Span
from analyses.exceptions import EngineUnavailableError
from analyses.models import TextAnalysis
from analyses.queries import topic_groups
from analyses.templatetags import results

logger = logging.getLogger(__name__)

ROWS_OPEN_MAX = 6

# Engines may round in another order than the database keeps.
SAME_WITHIN = 1e-6


def _mark_quality(text: str, spans: Sequence[Span]) -> Marked:
    """Number the findings; an engine that names none, such as a large model, has words that raise and lower."""
    has_findings = any(span.label for span in spans)
    return marks.mark_findings(text, spans) if has_findings else marks.mark_by_sign(text, spans)


MARKERS: Mapping[AnalysisType, Callable[..., Marked]] = {
    AnalysisType.SENTIMENT: marks.mark_by_sign,
    AnalysisType.QUALITY: _mark_quality,
    AnalysisType.EMOTION: partial(marks.mark_by_label, tones=EMOTION_TONES),
    AnalysisType.LANGUAGE: marks.mark_plainly,
    AnalysisType.KEYWORDS: marks.mark_plainly,
    AnalysisType.READABILITY: marks.mark_plainly,
    AnalysisType.ENTITIES: marks.mark_by_label,
    AnalysisType.TOPICS: marks.mark_by_label,
}

# Where a weight pulls up or down; elsewhere it is an amount without a sign.
SIGNED = (
    AnalysisType.SENTIMENT,
    AnalysisType.QUALITY,
    AnalysisType.EMOTION,
    AnalysisType.TOPICS,
    AnalysisType.READABILITY,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an engine says of its own answer.

    Without an `outcome` the `sentence` says why there is none. `bars` are the probabilities of the classes,
    `difference` a sentence where the engine now says something else than is stored.
    """

    analysis_type: str
    model_used: str
    outcome: Outcome | None = None
    marked: Marked | None = None
    bars: tuple[ShareBar, ...] = ()
    elapsed_ms: float | None = None
    sentence: str = ""
    difference: str = ""
    must_be_asked: bool = False

    @property
    def is_signed(self) -> bool:
        """Whether the weights pull up and down."""
        return self.analysis_type in SIGNED

    @property
    def has_findings(self) -> bool:
        """Whether the marks are numbered, each with a sentence that says what is wrong."""
        return self.analysis_type == AnalysisType.QUALITY and bool(self.marked and self.marked.has_labels)

    @property
    def status(self) -> str:
        """The status that a row with this outcome would have."""
        failed = self.outcome is None or self.outcome.error
        return AnalysisStatus.ERROR.value if failed else AnalysisStatus.COMPLETED.value

    @property
    def is_table_short(self) -> bool:
        """Whether the table may lie open; entities are listed with the result already."""
        rows = self.marked.rows if self.marked else ()
        return len(rows) <= ROWS_OPEN_MAX and self.analysis_type != AnalysisType.ENTITIES


def of_text(installed: registry.Installed, text: str) -> Explanation:
    """Ask an installed engine about a text; whatever goes wrong is a sentence."""
    load = partial(registry.get_engine, installed.analysis_type, installed.tier)
    return _ask(load, analysis_type=installed.analysis_type, model_used=installed.facts.model_used, text=text)


def _ask(load: Callable[[], Engine | None], *, analysis_type: str, model_used: str, text: str) -> Explanation:
    """Load the engine and let it explain a text."""
    unexplained = Explanation(str(analysis_type), model_used)
    try:
        engine = load()
        if engine is None:
            return replace(unexplained, sentence=_not_installed(model_used))
        started = perf_counter()
        outcome = engine.explain(text)
        elapsed_ms = (perf_counter() - started) * 1000.0
    except EngineUnavailableError as error:
        return replace(unexplained, sentence=error.reason)
    # One text of one person: the rest of the page is worth more than a failure page, and the log has the reason.
    except Exception:
        logger.exception("%s failed to explain a text of %s characters", model_used, len(text))
        return replace(
            unexplained, sentence=_("The engine failed on this text; the log of the site says how.")
        )
    marker = MARKERS[AnalysisType(analysis_type)]
    return replace(
        unexplained,
        outcome=outcome,
        marked=marker(text, outcome.explanation) if outcome.explanation else None,
        bars=_bars(analysis_type, outcome),
        elapsed_ms=elapsed_ms,
    )


def _bars(kind: str, outcome: Outcome) -> tuple[ShareBar, ...]:
    """Draw the probabilities, unless the result shows the same already: emotions are their own."""
    is_shown = kind == AnalysisType.EMOTION and outcome.value is not None
    if not outcome.probabilities or is_shown:
        return ()
    return results.probability_bars(outcome.probabilities)


def of_row(row: TextAnalysis, *, model_value: Any) -> Explanation | None:
    """Explain a stored result, in no query; None while there is none.

    An engine of tier ultra may be slow or away: it is not asked here, `must_be_asked` says so.
    """
    if row.status not in DONE_STATUSES:
        return None
    if is_slow(row):
        return Explanation(row.analysis_type, row.model_used or "", must_be_asked=True)
    return of_row_at_any_cost(row, model_value=model_value)


def of_row_at_any_cost(row: TextAnalysis, *, model_value: Any) -> Explanation | None:
    """Explain a stored result even by an engine that may be slow or away; None while there is none."""
    if row.status not in DONE_STATUSES:
        return None
    explanation = _ask(
        partial(find_engine, row),
        analysis_type=row.analysis_type,
        model_used=row.model_used or "",
        text=row.text_content,
    )
    return _compared(explanation, model_value)


def find_engine(row: TextAnalysis) -> Engine | None:
    """Give the engine that gave a row's result, in that version."""
    return registry.find_engine(row.analysis_type, row.model_used or "") or topic_groups.find_engine(row)


def is_slow(row: TextAnalysis) -> bool:
    """Say, without loading anything, whether the engine of a row's result serves tier ultra."""
    return any(
        OptimizationTier.ULTRA in one.facts.tiers
        for one in registry.installed()
        if (one.analysis_type, one.facts.model_used) == (row.analysis_type, row.model_used)
    )


def _not_installed(model: str) -> str:
    if not model:
        return _("Nothing says which engine gave this result: it cannot be explained.")
    sentence = _("This result came from %(model)s, which is not installed here: it cannot be explained.")
    return sentence % {"model": model}


def _compared(explanation: Explanation, stored: Any) -> Explanation:
    """Note where the engine now says something else than is stored: then the marks explain the new value."""
    outcome = explanation.outcome
    if outcome is None or (not outcome.error and is_same(outcome.value, stored)):
        return explanation
    said = outcome.error or results.plain(explanation.analysis_type, outcome.value)
    difference = _("Asked again, the engine gives another answer than the one stored: %(said)s") % {
        "said": said
    }
    return replace(explanation, difference=difference)


def is_same(one: Any, other: Any) -> bool:
    """Compare two results as the database keeps them: tuples are lists, numbers are rounded.

    >>> is_same((0.1 + 0.2, "a"), [0.3, "a"]), is_same({"joy": 0.5}, {"joy": 0.6})
    (True, False)
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=SAME_WITHIN, abs_tol=SAME_WITHIN)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)
