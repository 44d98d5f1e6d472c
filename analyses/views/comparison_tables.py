"""The tables and the paired histogram of the page that compares two slices, each number a link to its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _

from analyses import differences
from analyses.charts.pairs import Pair, PairedChart, paired_histogram
from analyses.choices import AnalysisType
from analyses.differences import Estimate, Sample
from analyses.queries import aggregates, comparisons, filtering
from analyses.queries.aggregates import FacetValue, ScoreBin, Summary
from analyses.queries.comparisons import CountedWords, Difference
from analyses.queries.counting import RowCount
from analyses.queries.filtering import Filtered
from analyses.queries.filters import RANGES
from analyses.search import parsing
from analyses.templatetags import results
from analyses.templatetags.formatting import MINUS, NOTHING, decimals, number, percent, score
from analyses.views import explore_numbers, explore_table, links, value_lists

FACETS = ("status", "optimization_tier", "model_used", "language")
SHOWN: dict[str, Callable[[Any], str]] = {"sentiment": score, "length": number}


@dataclass(frozen=True)
class Side:
    """A slice as it was asked for, its rows of the compared type, and their number and numbers.

    `part` are those of them that are counted one by one, None where none can be.
    """

    asked: Filtered
    filtered: Filtered
    part: Filtered | None
    count: RowCount
    summary: Summary


@dataclass(frozen=True)
class Cell:
    """A number of a side: what is shown, where its rows are listed, and a word about it; a mean names its texts."""

    shown: str
    url: str = ""
    note: str = ""
    texts: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of a table: what is compared, each side's cell, and the difference with its interval."""

    label: str
    cells: Sequence[Cell]
    difference: str = ""
    interval: str = ""
    is_clear: bool = False

    def differing(self, found: Estimate, show: Callable[[float], str]) -> Line:
        """Add the difference."""
        return replace(
            self, difference=show(found.value), interval=_interval(found, show), is_clear=found.is_clear
        )


def _interval(found: Estimate, show: Callable[[float], str]) -> str:
    if found.lower is None or found.upper is None:
        return ""
    return _("%(lower)s to %(upper)s") % {"lower": show(found.lower), "upper": show(found.upper)}


def _signed(show: Callable[[float], str]) -> Callable[[float], str]:
    """Show a difference with its sign, zero without one."""

    def signed(value: float) -> str:
        shown = show(abs(value)).removeprefix("+")
        if not any(digit in "123456789" for digit in shown):
            return shown
        return f"{'+' if value > 0 else MINUS}{shown}"

    return signed


# --- Distributions and means ----------------------------------------------------------------------


def paired(sides: Sequence[Side]) -> PairedChart | None:
    """Draw both sides' rows by the bins of one scale; None where neither has a value."""
    pairs = []
    for both in zip_longest(*(side.summary.scores for side in sides)):
        known: ScoreBin = next(one for one in both if one is not None)
        counts = [0 if one is None else one.count for one in both]
        urls = [_bin_url(side, one) for side, one in zip(sides, both, strict=True)]
        pairs.append(Pair(known.lower, known.upper, (counts[0], counts[1]), (urls[0], urls[1])))
    return paired_histogram(pairs, height=180) if pairs else None


def _bin_url(side: Side, found: ScoreBin | None) -> str:
    if found is None or not found.count:
        return ""
    return links.explore(side.summary.filtered.query_with(found.changes))


def means(sides: Sequence[Side], kind: AnalysisType) -> Iterator[Line]:
    """Lay the means of a type's quantities beside each other, one query a side."""
    parts = [side.part for side in sides]
    first, second = ({} if part is None else comparisons.samples(part, kind) for part in parts)
    for name in dict.fromkeys((*first, *second)):
        samples = (first.get(name), second.get(name))
        line = Line(
            explore_numbers.title(name),
            [_mean_cell(part, name, one) for part, one in zip(parts, samples, strict=True)],
        )
        if samples[0] is not None and samples[1] is not None:
            difference = differences.mean_difference(samples[0], samples[1])
            line = line.differing(difference, _signed(SHOWN.get(name, decimals)))
        yield line


def _mean_cell(part: Filtered | None, name: str, sample: Sample | None) -> Cell:
    """Show a mean, with the rows that have a value."""
    if part is None or sample is None:
        return Cell(NOTHING)
    show, found = SHOWN.get(name, decimals), differences.mean(sample)
    ends = zip(part.bounds(name), RANGES[name][1], strict=True)
    lower, upper = (repr(end if asked is None else asked) for asked, end in ends)
    url = links.explore(part.query_with({f"{name}_min": lower, f"{name}_max": upper}))
    return Cell(show(found.value), url, _interval(found, show), sample.count)


# --- Shares ---------------------------------------------------------------------------------------


def facets(sides: Sequence[Side]) -> Iterator[dict[str, Any]]:
    """Lay facets beside each other that tell anything: not those with one value alone."""
    for name in FACETS:
        found = [_facet_values(side, name) for side in sides]
        labels = {one.value: one.label for values in found for one in values.values()}
        if len(labels) > 1:
            lines = [_facet_line(sides, found, value, label) for value, label in labels.items()]
            if name == "language":
                lines = [replace(line, label=results.language_name(line.label)) for line in lines]
            yield {"title": filtering.TextAnalysisFilter.base_filters[name].label, "lines": lines}


def _facet_values(side: Side, name: str) -> dict[str, FacetValue]:
    facet = next((one for one in side.summary.facets if one.name == name), None)
    return {one.value: one for one in facet.values} if facet else {}


def _facet_line(
    sides: Sequence[Side], found: Sequence[dict[str, FacetValue]], value: str, label: str
) -> Line:
    totals = [sum(one.count for one in values.values()) for values in found]
    ones = [values.get(value) for values in found]
    counts = [0 if one is None else one.count for one in ones]
    cells = [
        Cell(number(0))
        if one is None
        else Cell(
            number(one.count),
            links.explore(side.summary.filtered.query_with(one.changes)),
            percent(one.count / total),
        )
        for side, one, total in zip(sides, ones, totals, strict=True)
    ]
    return _with_shares(Line(label, cells), counts, totals)


def _with_shares(line: Line, counts: Sequence[int], totals: Sequence[int]) -> Line:
    """Add the difference of the shares, in percentage points."""
    if not all(totals):
        return line
    found = differences.share_difference((counts[0], totals[0]), (counts[1], totals[1]))
    return line.differing(found, _signed(lambda share: f"{100 * share:.1f}"))


def values(sides: Sequence[Side], kind: AnalysisType) -> dict[str, Any] | None:
    """Lay the values of a type without a score beside each other, those that differ most first; one query a side.

    None for types with a score, and for languages, which are a facet.
    """
    parts = [side.part for side in sides if side.part is not None]
    if kind not in value_lists.PARAMETER_BY_TYPE or len(parts) < len(sides):
        return None
    found = [comparisons.values(part, kind) for part in parts]
    lines = []
    for one in comparisons.differing_values(*found):
        wanted = {value_lists.PARAMETER_BY_TYPE[kind]: one.value}
        cells = [
            Cell(
                number(count),
                _newest_url(part, counted, wanted) if count else "",
                percent(count / counted.texts),
            )
            for part, counted, count in zip(parts, found, one.counts, strict=True)
        ]
        totals = [counted.texts for counted in found]
        lines.append(_with_shares(Line(results.named(one.value), cells), one.counts, totals))
    notes = [
        read_note(letter, one.texts, is_whole=one.is_whole) for letter, one in zip("AB", found, strict=True)
    ]
    return {"title": value_lists.TITLES[kind], "lines": lines, "notes": notes}


def _newest_url(part: Filtered, counted: comparisons.Counted, wanted: dict[str, str]) -> str:
    """List exactly the rows that were read and meet a condition; no address where dates do not tell them apart."""
    if not counted.is_whole and counted.since is None:
        return ""
    newest = {"date_from": aggregates.moment(counted.since)} if counted.since else {}
    return links.explore(part.query_narrowed({**wanted, **newest}))


def read_note(letter: str, texts: int, *, is_whole: bool) -> str:
    """Say how many texts of a side were read."""
    words = {"side": letter, "texts": number(texts)}
    if is_whole:
        return _("%(side)s: all %(texts)s texts.") % words
    return _("%(side)s: the newest %(texts)s texts.") % words


# --- Words ----------------------------------------------------------------------------------------


def word_lists(parts: Sequence[Filtered], found: Sequence[CountedWords]) -> list[dict[str, Any]]:
    """Give the words that belong to each side, with an example from it."""
    return [
        {"letter": letter, "lines": [_word_line(one, parts, found, found[place]) for one in words]}
        for place, (letter, words) in enumerate(zip("AB", comparisons.differing_words(*found), strict=True))
    ]


def _word_line(
    one: Difference, parts: Sequence[Filtered], found: Sequence[CountedWords], shown: CountedWords
) -> dict[str, Any]:
    pk, text = shown.examples[one.value]
    return {
        "word": one.value,
        "cells": [
            Cell(
                number(count),
                _word_url(part, counted, one.value) if count else "",
                percent(count / counted.texts),
            )
            for part, counted, count in zip(parts, found, one.counts, strict=True)
        ],
        "example_url": links.record(pk),
        "pieces": explore_table.pieces(text, parsing.parse(one.value)),
    }


def _word_url(part: Filtered, counted: CountedWords, word: str) -> str:
    asked = part.values["q"]
    question = f"({asked}) {word}" if asked else word
    if len(question) > filtering.WORDS_LENGTH_MAX:
        return ""
    return _newest_url(part, counted, {"q": question})
