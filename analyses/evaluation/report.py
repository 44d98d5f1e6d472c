"""The page that says of each engine what it does, how good it is, how fast and how big."""

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.engines.base import ANY_LANGUAGE, Engine, EngineFacts
from analyses.evaluation import datasets
from analyses.evaluation.figures import Figure
from analyses.evaluation.loading import Loaded, loaded
from analyses.evaluation.measures import MEASURES

SPEED_TEXTS = 2_000
SPEED_ROUNDS = 3
ENGINE_TEXTS = 50  # as many as the worker gives an engine at once

_EXAMPLE = re.compile(r"^\s*>>> .*\Z", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Judged:
    """An engine, the tiers it serves, and what was measured."""

    engine: Engine
    tiers: tuple[OptimizationTier, ...]
    figures: tuple[Figure, ...]
    texts_per_second: float
    loaded: Loaded

    @property
    def facts(self) -> EngineFacts:
        """What is told of the engine without loading it."""
        return self.engine.facts


def judge_all(folder: Path) -> Iterator[Judged]:
    """Measure each installed engine on the sets in `folder`; takes minutes."""
    texts = [row.text for row in datasets.goemotions(folder, labelling="ekman", split="dev")][:SPEED_TEXTS]
    for tiers in _tiers_by_engine().values():
        first = tiers[0]
        engine = registry.get_engine(first.analysis_type, first.tier)
        yield Judged(
            engine=engine,
            tiers=tuple(row.tier for row in tiers),
            figures=tuple(MEASURES[first.analysis_type](engine, folder)),
            texts_per_second=texts_per_second(engine, texts),
            loaded=loaded(first.analysis_type, first.tier),
        )


def _tiers_by_engine() -> dict[tuple[str, str], list[registry.Installed]]:
    engines: dict[tuple[str, str], list[registry.Installed]] = {}
    for row in registry.installed():
        engines.setdefault((row.analysis_type.value, row.facts.model_used), []).append(row)
    return engines


def texts_per_second(engine: Engine, texts: Sequence[str]) -> float:
    """Give the best of three passes, in the worker's portions, by processor time: others use the machine, too."""
    seconds = []
    for _ in range(SPEED_ROUNDS):
        started = process_time()
        for start in range(0, len(texts), ENGINE_TEXTS):
            engine.analyze(texts[start : start + ENGINE_TEXTS])
        seconds.append(process_time() - started)
    return len(texts) / min(seconds)


def as_markdown(judged: Sequence[Judged], *, preface: str) -> str:
    """Write the page; `preface` says when and on what it was measured."""
    parts = ["# Engines", preface, _overview(judged)]
    for analysis_type in AnalysisType:
        engines = [one for one in judged if one.facts.analysis_type == analysis_type]
        if engines:
            parts += [f"## {str(analysis_type.label).capitalize()}", *(_section(one) for one in engines)]
    return "\n\n".join(parts) + "\n"


def _overview(judged: Sequence[Judged]) -> str:
    lines = [
        "| type | tiers | engine | languages | texts/s | memory | own files | packages |",
        "| --- | --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    for one in judged:
        cells = (
            one.facts.analysis_type.value,
            ", ".join(tier.value for tier in one.tiers),
            one.facts.model_used,
            _languages(one.facts),
            f"{one.texts_per_second:,.0f}",
            f"{one.loaded.memory_mb:.0f} MB",
            f"{one.loaded.files_kb:,.0f} kB",
            _brought_in(one.loaded),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _languages(facts: EngineFacts) -> str:
    return "any" if facts.languages == (ANY_LANGUAGE,) else ", ".join(facts.languages)


def _brought_in(found: Loaded) -> str:
    if not found.packages:
        return "none"
    return f"{len(found.packages)}: {found.packages_mb:,.1f} MB"


def _section(one: Judged) -> str:
    parts = [f"### {one.facts.model_used}", *_story(type(one.engine))]
    if one.facts.extra:
        parts.append(f"Comes with the extra `{one.facts.extra}`: `pip install '.[{one.facts.extra}]'`.")
    if one.loaded.packages:
        parts.append(f"Loads the packages {', '.join(one.loaded.packages)}.")
    if one.figures:
        parts.append(_figures(one.figures))
    return "\n\n".join(parts)


def _story(engine_class: type[Engine]) -> list[str]:
    """Give the class's docstring, without its example, as paragraphs of one line each."""
    text = _EXAMPLE.sub("", inspect.getdoc(engine_class) or "")
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()]


def _figures(figures: Sequence[Figure]) -> str:
    lines = ["| measured | on | value | sample |", "| --- | --- | ---: | ---: |"]
    lines += [f"| {one.what} | {one.data} | {one.value:.3f} | {one.sample:,} |" for one in figures]
    return "\n".join(lines)
