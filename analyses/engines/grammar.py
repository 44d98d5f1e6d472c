"""Writing quality with grammar: the signs of `quality`, Harper's findings, and words that do not go together."""

from collections.abc import Iterator
from importlib.metadata import version
from threading import local
from typing import TYPE_CHECKING, ClassVar

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import ANY_LANGUAGE, EngineFacts
from analyses.engines.quality import Bands, QualityEngine
from analyses.engines.writing_signs import Finding, Reading, Sign

if TYPE_CHECKING:
    from harper import Linter

# Harper reads no further, and as much at once: its time grows with the square of a piece where words are few.
CHARACTERS_READ = 4_000
CHARACTERS_AT_ONCE = 1_000
# A piece with fewer letters is a drawing or a table; Harper would take 0.1 s for 1,000 brackets.
LETTERS_SHARE_MIN = 0.5

# These kinds are taste, not faults.
TASTE = frozenset({"Enhancement", "Formatting", "Readability", "Regionalism", "Style"})
COST_BY_KIND = {"Redundancy": 0.5, "Eggcorn": 1.0, "Malapropism": 1.0}
COST = 1.5

# What the signs of `writing_signs` find themselves: spelling by Harper costs 7 ms an unknown word, or 40 s for one of
# 10,000 letters.
FOUND_ALREADY = (
    "SpellCheck SplitWords SentenceCapitalization CapitalizePersonalPronouns RepeatedWords EllipsisLength Spaces "
    "NoFrenchSpaces UnclosedQuotes CommaFixes OrthographicConsistency"
)
# Rules that were wrong in most of 4,000 comments where they spoke, or that spell out what readers know.
NOT_ASKED = (
    "MissingPreposition PossessiveYour YourPredicateAdjective CaseSensitive CompoundNouns DiscourseMarkers FindOut "
    "LongSentences OxfordComma OkToOkay OhMyGod IDontKnow ToBeHonest InMyOpinion ByTheWay AsSoonAsPossible InRealLife "
    "ForYourInformation IfIRecallCorrectly FillerWords AvoidCurses UseTitleCase DisjointPrefixes YeaToYeah "
    "PhrasalVerbAsCompoundNoun MultipleSequentialPronouns HyphenateNumberDay QuantifierNeedsOf AskNoPreposition"
)
# These rules of Harper 2.13 print words of the text to stderr, where they would get into logs.
PRINTING = ("ChickenAndEgg", "LookingForwardTo")


class GrammarEngine(QualityEngine):
    """What `QualityEngine` finds, and for English Harper's findings of grammar and word choice.

    Value: the basic score less 1.5 (0.5 for a redundant word, 1 for a slip of the ear) for each finding of Harper
    for each word that it read; a place is charged once: signs before Harper before the rest. Harper reads the
    first 4,000 characters; what it calls style counts nothing, and spelling is left to the dictionary, because
    Harper takes 7 ms for an unknown word. Other languages have the basic score. Of the 591 pairs that
    `QualityEngine` names 489 were told apart, 100 had equal scores, 2 were mistaken; of the 1,300 others 986, 290
    and 24.

    >>> outcome = GrammarEngine().explain("She have two cats.")
    >>> outcome.value, [span.label for span in outcome.explanation]
    (0.625, ['The form of the verb must agree in grammatical number with the pronoun.'])
    """

    facts = EngineFacts(
        analysis_type=AnalysisType.QUALITY,
        tiers=(OptimizationTier.STANDARD,),
        name="harper-signs",
        version=f"2+harper{version('harper-py')}+words{version('pyspellchecker')}",
        languages=(ANY_LANGUAGE,),
        summary="The basic engine's findings, and for English those of Harper's grammar checker.",
    )
    bands: ClassVar[Bands] = ((1.0, 0.83), (0.98, 0.66), (0.95, 0.62), (0.9, 0.81), (0.0, 0.9))

    def __init__(self) -> None:
        super().__init__()
        self._of_thread = local()
        self._linter()

    def sources(self, reading: Reading) -> Iterator[Iterator[Finding]]:
        """Give Harper before what the basic engine has."""
        if reading.language == "en":
            yield self._find_grammar(reading)
        yield from super().sources(reading)

    def _linter(self) -> "Linter":
        """Give this thread's own linter: two threads in one raise; after the first each costs 8 ms and no memory."""
        linter: Linter | None = getattr(self._of_thread, "linter", None)
        if linter is None:
            # Imported here: the dictionary takes seconds and 130 MB.
            from harper import Linter as HarperLinter  # noqa: PLC0415

            linter = HarperLinter()
            silent = dict.fromkeys((*FOUND_ALREADY.split(), *NOT_ASKED.split(), *PRINTING), False)
            linter.set_lint_config({**linter.get_default_lint_config(), **silent})
            self._of_thread.linter = linter
        return linter

    def _find_grammar(self, reading: Reading) -> Iterator[Finding]:
        words_read = sum(word.start < CHARACTERS_READ for word in reading.words)
        # Costs are divided by all words later; Harper's count for each word that it read.
        scale = len(reading.words) / max(1, words_read)
        for start, end in _pieces(reading):
            for lint in self._linter().lint(reading.text[start:end], language="plaintext"):
                if lint.lint_kind in TASTE or lint.span.is_empty():
                    continue
                sign = Sign(lint.message, scale * COST_BY_KIND.get(lint.lint_kind, COST))
                yield Finding(start + lint.span.start, start + lint.span.end, sign)


def _pieces(reading: Reading) -> Iterator[tuple[int, int]]:
    """Cut what Harper reads into pieces of whole sentences, where these are short enough; leave out no prose."""
    limit = min(len(reading.text), CHARACTERS_READ)
    starts = [word.start for word in reading.words if word.opens_sentence]
    begin = 0
    while begin < limit:
        end = min(begin + CHARACTERS_AT_ONCE, limit)
        if end < len(reading.text):
            end = max((start for start in starts if begin < start <= end), default=end)
        letters = sum(map(str.isalpha, reading.text[begin:end]))
        if letters >= LETTERS_SHARE_MIN * (end - begin):
            yield begin, end
        begin = end
