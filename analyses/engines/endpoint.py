"""An engine that asks a service of the site over HTTP.

The request is JSON, `{"analysis_type": "emotion", "texts": ["...", "..."]}`, the answer one result for each text in
the same order:

    {"results": [{"value": {"joy": 0.9}, "confidence": 0.8}, {"error": "Too short."}, {"value": null}]}

`value` as its column holds it, null where the service does not know; `confidence` and `explanation`, a list of
`{"start": 0, "end": 4, "weight": 0.5, "label": "joy"}` in characters, may be left out.

With the protocol "text-classification" the request is `{"inputs": ["...", "..."], "parameters": {"top_k": null}}` and
the answer a list of `{"label": "joy", "score": 0.9}` for each text, as text-classification services of Hugging Face
give it. With "text-embeddings-inference" the request is `{"inputs": [["..."], ["..."]], "truncate": true}`: that
server takes two plain texts for a pair.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from django.utils.translation import gettext as _

from analyses import results
from analyses.choices import CONFIDENCE_BOUNDS
from analyses.engines.base import Engine, EngineFacts, Outcome, Span
from analyses.engines.labels import LabelMap, LabelReader
from analyses.engines.service_calls import CallFailedError, RequestRefusedError, ServiceCaller
from analyses.engines.surrogates import REPLACEMENT, without_surrogates
from analyses.exceptions import ValidationError

SPANS_MAX = 1000
WEIGHT_MAX = 1e6
LABEL_LENGTH_MAX = 100
ERROR_LENGTH_MAX = 500
LABELS_MAX = 1000

# What any service that understands us can answer.
HARMLESS = "This is a short text."


class EndpointEngine(Engine):
    """A service that answers for one analysis type.

    Nothing that it says is believed: each result is checked against its type, and a bad one fails its own row.
    Where the service as a whole does not answer, or answers nonsense, `EngineUnavailableError` is raised.
    """

    def __init__(self, facts: EngineFacts, caller: ServiceCaller, *, batch_size: int = 32) -> None:
        self.facts = facts
        self.texts_at_once = batch_size
        self._caller = caller

    def analyze(self, texts: Sequence[str]) -> list[Outcome]:
        """Ask for the texts, `texts_at_once` in a request."""
        size = self.texts_at_once
        parts = [texts[start : start + size] for start in range(0, len(texts), size)]
        return [outcome for part in parts for outcome in self._ask(part)]

    def explain(self, text: str) -> Outcome:
        """Ask for one text and do not ask twice: a person waits. The spans are those that the service gives."""
        (outcome,) = self._ask([text], retries=0)
        return outcome

    def _ask(self, texts: Sequence[str], *, retries: int | None = None) -> list[Outcome]:
        """Ask for some texts; where the request is refused, find out who is to blame.

        A service that refuses a harmless text too does not understand us: no row fails for that. One that takes it
        dislikes some of ours (too long for it, say): these are found by halves and fail alone.
        """
        deadline = self._caller.deadline()
        try:
            return self._ask_at_once(texts, deadline, retries=retries)
        except RequestRefusedError as refusal:
            try:
                self._ask_at_once([HARMLESS], deadline, retries=0)
            except RequestRefusedError:
                raise self._caller.unavailable(refusal) from refusal
            return self._ask_apart(texts, deadline)

    def _ask_apart(self, texts: Sequence[str], deadline: float) -> list[Outcome]:
        """Ask for each half of texts that were refused together; one that is refused alone, and twice, fails."""
        middle = len(texts) // 2
        found: list[Outcome] = []
        for half in (texts[:middle], texts[middle:]) if middle else (texts,):
            try:
                found += self._ask_at_once(half, deadline)
            except RequestRefusedError as refusal:
                if middle:
                    found += self._ask_apart(half, deadline)
                    continue
                words = {"engine": self.name, "status": refusal.status}
                sentence = _("%(engine)s does not take this text (status %(status)s).") % words
                found.append(Outcome(None, error=sentence))
        return found

    def _ask_at_once(
        self, texts: Sequence[str], deadline: float, *, retries: int | None = None
    ) -> list[Outcome]:
        started = perf_counter()
        found = self._caller.post(
            self.request([without_surrogates(text) for text in texts]),
            lambda answer: self._read(texts, answer),
            deadline=deadline,
            retries=retries,
        )
        each_ms = (perf_counter() - started) * 1000.0 / len(texts)
        return [replace(outcome, processing_time_ms=each_ms) for outcome in found]

    def _read(self, texts: Sequence[str], answer: Any) -> list[Outcome]:
        found = self.results_of(answer)
        if not isinstance(found, list):
            raise CallFailedError(_("%(engine)s gave an answer without results.") % {"engine": self.name})
        if len(found) != len(texts):
            words = {"engine": self.name, "results": len(found), "texts": len(texts)}
            raise CallFailedError(_("%(engine)s gave %(results)s results for %(texts)s texts.") % words)
        return [self._read_one(text, result) for text, result in zip(texts, found, strict=True)]

    def _read_one(self, text: str, result: Any) -> Outcome:
        try:
            return self.outcome_of(text, result)
        except ValidationError as error:
            words = {"engine": self.name, "field": error.field, "reason": error.reason}
            return Outcome(
                None, error=_("%(engine)s gave a result that cannot be kept (%(field)s). %(reason)s") % words
            )

    def request(self, texts: Sequence[str]) -> dict[str, Any]:
        """Give the body that asks for some texts."""
        return {"analysis_type": self.analysis_type.value, "texts": list(texts)}

    def results_of(self, answer: Any) -> Any:
        """Give the results of an answer, one for each text where all is well."""
        return answer.get("results") if isinstance(answer, dict) else None

    def outcome_of(self, text: str, result: Any) -> Outcome:
        """Read the result of one text; raise ValidationError where it cannot be kept."""
        if not isinstance(result, dict):
            raise ValidationError("result", _("Give a JSON object."))
        if result.get("error") is not None:
            return Outcome(None, error=_sentence(result["error"]))
        if "value" not in result:
            raise ValidationError("result", _("Give a value or an error."))
        value, confidence = result["value"], result.get("confidence")
        if value is not None:
            value = results.clean(self.analysis_type, value)
        if confidence is not None:
            confidence = results.number("confidence", confidence, *CONFIDENCE_BOUNDS)
        return Outcome(value, confidence, explanation=_spans(text, result.get("explanation")))


class ClassificationEndpointEngine(EndpointEngine):
    """A service that answers as text-classification services of Hugging Face do: labels with probabilities."""

    def __init__(
        self,
        facts: EngineFacts,
        caller: ServiceCaller,
        *,
        batch_size: int = 32,
        labels: LabelMap | None = None,
    ) -> None:
        super().__init__(facts, caller, batch_size=batch_size)
        self._labels = labels or {}

    def request(self, texts: Sequence[str]) -> dict[str, Any]:
        """Ask for the probabilities of all labels, not of the likeliest alone."""
        return {"inputs": list(texts), "parameters": {"top_k": None}}

    def results_of(self, answer: Any) -> Any:
        """Give the answer itself, a list for each text.

        A plain list of labels is none: it may be one text's, and for two texts and two labels nobody could tell.
        """
        is_plain = isinstance(answer, list) and any(isinstance(one, dict) for one in answer)
        return None if is_plain else answer

    def outcome_of(self, text: str, result: Any) -> Outcome:
        """Read the labels of one text; raise ValidationError where they cannot be kept."""
        probabilities = _probabilities(result)
        reader = LabelReader(self.analysis_type, tuple(probabilities), self._labels)
        if problem := reader.problem():
            raise CallFailedError(f"{self.name}: {problem}")  # the site's entry is to blame, not the text
        exclusive = math.isclose(sum(probabilities.values()), 1.0, abs_tol=0.01)
        return reader.outcome(probabilities, exclusive=exclusive)


class InferenceEndpointEngine(ClassificationEndpointEngine):
    """A server of text-embeddings-inference, at its address /predict."""

    def request(self, texts: Sequence[str]) -> dict[str, Any]:
        """Ask for each text in a list of its own, cut where the model ends."""
        return {"inputs": [[text] for text in texts], "truncate": True}


def _probabilities(entries: Any) -> Mapping[str, float]:
    if not isinstance(entries, list) or not 0 < len(entries) <= LABELS_MAX:
        raise ValidationError("label", _("Give between 1 and 1000 labels."))
    found: dict[str, float] = {}
    for entry in entries:
        label = entry.get("label") if isinstance(entry, dict) else None
        if not isinstance(label, str) or not 0 < len(label) <= LABEL_LENGTH_MAX:
            raise ValidationError("label", _("Give a label and its score."))
        found[label] = results.number("score", entry.get("score"), *CONFIDENCE_BOUNDS)
    return found


def _sentence(error: Any) -> str:
    """Make a sentence of what the service says is wrong with a text, fit for a column and a page."""
    said = without_surrogates(str(error))[:ERROR_LENGTH_MAX]
    words = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    if not words:
        return _("The service failed on this text without a reason.")
    return words if words[-1] in ".!?" else f"{words}."


def _spans(text: str, given: Any) -> tuple[Span, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > SPANS_MAX:
        raise ValidationError("explanation", _("Give a list of at most 1000 spans."))
    return tuple(sorted((_span(text, one) for one in given), key=lambda span: (span.start, span.end)))


def _span(text: str, given: Any) -> Span:
    if not isinstance(given, dict):
        raise ValidationError("explanation", _("Each span is an object with start, end and weight."))
    start, end, label = given.get("start"), given.get("end"), given.get("label", "")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise ValidationError("explanation", _("A span must lie in the text, in characters."))
    if not isinstance(label, str) or len(label) > LABEL_LENGTH_MAX:
        raise ValidationError("explanation", _("A span's label is a short text."))
    weight = results.number("explanation", given.get("weight"), -WEIGHT_MAX, WEIGHT_MAX)
    return Span(start, end, weight, without_surrogates(label).replace("\x00", REPLACEMENT))
