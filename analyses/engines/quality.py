"""How correctly and carefully a text is written, by its spelling, capitals, stops and spaces."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from typing import ClassVar

from analyses.choices import QUALITY_BOUNDS, AnalysisType, OptimizationTier
from analyses.engines import word_pairs
from analyses.engines.base import ANY_LANGUAGE, EngineFacts, Outcome, PerTextEngine, Span
from analyses.engines.closed_classes import find_faults
from analyses.engines.known_words import LANGUAGES, is_known
from analyses.engines.language import UNDETERMINED, LidEngine
from analyses.engines.readability import UNSPACED_LANGUAGES
from analyses.engines.writing_signs import Finding, Reading, Sign, find_signs, read

# Below this the language is not sure, and English is tried: misspelt English is taken for many languages.
LANGUAGE_SURE_FROM = 0.8
WORDS_TRIED = 50

# A pair of words costs this for each unit of its surprise above the second number; the table starts a little higher.
COST_OF_SURPRISE = 0.4
SURPRISE_EXPECTED = 1.0
# From which score on what share of sentences was the correct twin of its pair (from 0.98) or the damaged one.
Bands = tuple[tuple[float, float], ...]
BANDS_OF_SIGNS: Bands = ((1.0, 0.59), (0.95, 0.9), (0.0, 0.9))
CONFIDENT_WORDS = 5

# The engine does not know.
NO_WORDS = Outcome(value=None)

RARE_PAIR_LABEL = "These two words seldom stand side by side."


def score(findings: Iterable[Finding], reading: Reading) -> float:
    """Give 1 less the cost of all findings for each word or sentence, 0..1; the text has words."""
    low, high = QUALITY_BOUNDS
    cost = sum(cost_of(finding, reading) for finding in findings)
    return round(min(high, max(low, high - cost)), 4)


def cost_of(finding: Finding, reading: Reading) -> float:
    """Give what one finding takes off the score."""
    sign = finding.sign
    return sign.cost / (reading.sentences if sign.is_per_sentence else len(reading.words))


class QualityEngine(PerTextEngine):
    """Signs of careless writing, words that the language lacks, and grammar that English does not have.

    Value: 1 less each finding's cost, divided by the number of words (a missing capital or stop: of sentences),
    clipped to 0..1; so neither length nor repetition counts. The costs, at one a word or sentence: 2 an unknown or
    doubled word; 1.5 a stretched one or mixed case; 1 a small "i", a space before or none after a mark, a repeated
    mark, an unpaired bracket, a fault that English closed classes give away (`closed_classes`; 0.3 a comma); 0.5 a
    doubled space or a shouted word; 0.15 a missing capital or stop; a rare pair 0.4 for each unit of its surprise
    above 1. Words are known for the languages of `known_words`, grammar and pairs for English; the other languages
    are judged by the signs alone. None for a text without words, or in a script that does not part them. Of 591
    own pairs of a sentence and its damaged twin 481 were told apart, 107 had equal scores, 3 were mistaken (the rules
    of grammar were written while looking at these); of 1,300 from GoEmotions' development split 955, 322 and 23.
    Confidence: how often the better or the worse twin of such a pair, and of 1,500 from GoEmotions' training split,
    had such a score, between both (calibration error 0.04 on our pairs, 0.07 on the development split); nearer 0.5
    below five words. Explanation: every finding with what it costs.

    >>> outcome = QualityEngine().explain("The crew recieved us with a smile")
    >>> outcome.value, [span.label for span in outcome.explanation]
    (0.5643, ['This word is not in the dictionary.', 'The sentence ends without a stop.'])
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.QUALITY,
        tiers=(OptimizationTier.BASIC,),
        name="writing-signs",
        version=f"2+words{version('pyspellchecker')}",
        languages=(ANY_LANGUAGE,),
        summary="Known words, capitals, stops, spaces, repetition, shouting and odd word pairs, by rules and lists.",
    )
    bands: ClassVar[Bands] = ((1.0, 0.82), (0.98, 0.65), (0.95, 0.65), (0.9, 0.83), (0.0, 0.9))

    def __init__(self) -> None:
        self._languages = LidEngine()
        self._table = word_pairs.load()

    def judge(self, text: str) -> Outcome:
        """Score one text."""
        reading = self.read(text)
        return NO_WORDS if reading is None else self._outcome(reading, self.find(reading))

    def explain(self, text: str) -> Outcome:
        """Score one text and list what costs it points."""
        reading = self.read(text)
        if reading is None:
            return NO_WORDS
        findings = self.find(reading)
        spans = tuple(
            Span(one.start, one.end, -round(cost_of(one, reading), 4), one.sign.label) for one in findings
        )
        return replace(self._outcome(reading, findings), explanation=spans)

    def _outcome(self, reading: Reading, findings: list[Finding]) -> Outcome:
        value = score(findings, reading)
        return Outcome(value=value, confidence=self._confidence(value, reading))

    def _confidence(self, value: float, reading: Reading) -> float:
        """Give the measured share of right answers at this score, drawn towards chance where little is known."""
        bands = self.bands if reading.language else BANDS_OF_SIGNS
        share = next(share for least, share in bands if value >= least)
        return round(0.5 + (share - 0.5) * min(1.0, len(reading.words) / CONFIDENT_WORDS), 4)

    def find(self, reading: Reading) -> list[Finding]:
        """List a text's faults, in text order.

        Further sources come after the signs, the most certain first, and a place is charged once.
        """
        findings = find_signs(reading)
        for source in self.sources(reading):
            marked = bytearray(len(reading.text))
            for one in findings:
                marked[one.start : one.end] = b"\x01" * (one.end - one.start)
            findings += [one for one in source if not any(marked[one.start : one.end])]
        return sorted(findings, key=lambda finding: (finding.start, finding.end))

    def sources(self, reading: Reading) -> Iterator[Iterator[Finding]]:
        """Give what looks for faults beside the signs."""
        if reading.language == "en":
            yield find_faults(reading.text, frozenset(_small_words(reading)))
            yield self._find_rare_pairs(reading)

    def _find_rare_pairs(self, reading: Reading) -> Iterator[Finding]:
        for pair in self._table.find(reading.text):
            cost = COST_OF_SURPRISE * (pair.surprise - SURPRISE_EXPECTED)
            yield Finding(pair.start, pair.end, Sign(RARE_PAIR_LABEL, cost))

    def read(self, text: str) -> Reading | None:
        """Cut a text into words; None without words, or where the script does not part them."""
        outcome = self._languages.judge(text)
        language = str(outcome.value)
        reading = read(text, language)
        if not reading.words or (language in UNSPACED_LANGUAGES and not _is_latin(reading)):
            return None
        is_sure = language != UNDETERMINED and (outcome.confidence or 0.0) >= LANGUAGE_SURE_FROM
        if not is_sure and language != "en" and _is_more_english(reading, language):
            language = "en"
        return Reading(
            reading.text, reading.words, reading.sentences, language if language in LANGUAGES else ""
        )


def _small_words(reading: Reading) -> Iterator[str]:
    return (word.letters.lower().replace("’", "'") for word in reading.words)


def _is_latin(reading: Reading) -> bool:
    return all(c < "\u0250" for word in reading.words for c in word.letters if c.isalpha())


def _is_more_english(reading: Reading, language: str) -> bool:
    """Say whether the English dictionary knows more words of the text, half at least, than `language`'s."""
    words = [word.letters for word in reading.words[:WORDS_TRIED]]
    english = sum(is_known(word, "en") for word in words)
    rival = sum(is_known(word, language) for word in words) if language in LANGUAGES else 0
    return english * 2 >= len(words) and english > rival
