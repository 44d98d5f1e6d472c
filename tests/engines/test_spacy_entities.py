"""A spaCy pipeline as the site installs it: a tiny one made here, and the default one where it is installed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyses.engines.base import Outcome
from analyses.engines.entities import ENTITIES_MAX
from analyses.engines.spacy_entities import DEFAULT_PIPELINE, KNOWN_PIPELINES, SpacyEntityEngine
from analyses.evaluation.gold.entities import DEVELOPED, HELD_OUT, read
from tests.engines.texts import ANY_TEXT, AWKWARD

# CI installs the extra "entities": there, nothing here is skipped.
spacy = pytest.importorskip("spacy", reason="spaCy comes with the extra “entities”")

PATTERNS = [
    {"label": "PERSON", "pattern": "Ann Lee"},
    {"label": "GPE", "pattern": "the Rome"},
    {"label": "DRUG", "pattern": "aspirin"},
    {"label": "CARDINAL", "pattern": "7"},
    {"label": "ORG", "pattern": "example.org"},
    {"label": "DATE", "pattern": "3 May"},
]
TEXT = "Ann Lee took aspirin in the Rome on 3 May, see https://example.org for 7 more. Thanks, @ann!"
EXAMPLES = [
    ("Mira lives here", [(0, 4, "PERSON")]),
    ("Today Mira called", [(6, 10, "PERSON")]),
    ("nobody called today", []),
    ("We saw Mira", [(7, 11, "PERSON")]),
]


def save_ruler(directory: Path, *, language: str = "en") -> Path:
    nlp = spacy.blank(language)
    nlp.add_pipe("entity_ruler").add_patterns(PATTERNS)
    nlp.meta["name"] = "tiny"
    nlp.meta["version"] = "0.1.0"
    nlp.to_disk(directory)
    return directory


def save_trained(directory: Path) -> Path:
    """Train a recogniser on four sentences, for the real code of a real component."""
    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner").add_label("PERSON")
    examples = [
        spacy.training.Example.from_dict(nlp.make_doc(text), {"entities": entities})
        for text, entities in EXAMPLES
    ]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30):
        nlp.update(examples, sgd=optimizer)
    nlp.meta["performance"] = {"ents_per_type": {"PERSON": {"p": 0.75, "r": 0.5, "f": 0.6}}}
    nlp.to_disk(directory)
    return directory


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SpacyEntityEngine:
    return SpacyEntityEngine(str(save_ruler(tmp_path_factory.mktemp("ruler"))))


@pytest.fixture(scope="module")
def default_engine() -> SpacyEntityEngine:
    pytest.importorskip(DEFAULT_PIPELINE, reason="the pipeline comes with the extra “entities”")
    return SpacyEntityEngine()


def found(outcome: Outcome) -> list[tuple[str, str]]:
    assert isinstance(outcome.value, list)
    return [(one["text"], one["type"]) for one in outcome.value]


def assert_sound(text: str, outcome: Outcome) -> None:
    assert isinstance(outcome.value, list)
    end = 0
    for one, span in zip(outcome.value, outcome.explanation, strict=True):
        assert (one["start"], one["end"], one["type"]) == (span.start, span.end, span.label)
        assert end <= one["start"] < one["end"] <= len(text)
        assert one["text"] == text[one["start"] : one["end"]]
        end = one["end"]


def test_the_pipeline_finds_names_and_the_rules_what_has_a_form(engine: SpacyEntityEngine) -> None:
    [outcome] = engine.analyze([TEXT])

    assert found(outcome) == [
        ("Ann Lee", "person"),
        ("aspirin", "drug"),
        ("Rome", "place"),
        ("3 May", "date"),
        ("https://example.org", "url"),
        ("@ann", "mention"),
    ]


def test_a_pipeline_of_the_sites_own_has_its_own_name_version_and_language(engine: SpacyEntityEngine) -> None:
    assert engine.model_used == "spacy-en_tiny 0.1.0"
    assert engine.languages == ("en",)
    assert SpacyEntityEngine.facts.name == f"spacy-{DEFAULT_PIPELINE}"


def test_without_a_stated_precision_there_is_no_confidence_for_names(engine: SpacyEntityEngine) -> None:
    named, mail, nothing = engine.analyze(["I met Ann Lee.", "ann@example.com", "It rained all day."])

    assert (named.confidence, mail.confidence, nothing.confidence) == (None, 0.88, 0.96)


def test_a_trained_pipeline_finds_what_it_learned_with_its_stated_precision(tmp_path: Path) -> None:
    trained = SpacyEntityEngine(str(save_trained(tmp_path / "trained")))

    [outcome] = trained.analyze(["Today Mira called"])

    assert ("Mira", "person") in found(outcome)
    assert outcome.confidence == pytest.approx((0.75 + 0.96) / 2)


def test_a_text_in_another_language_is_left_to_the_rules(engine: SpacyEntityEngine) -> None:
    [outcome] = engine.analyze(
        ["Gestern hat Ann Lee in der Apotheke aspirin gekauft und war sehr zufrieden."]
    )

    assert found(outcome) == [("Ann Lee", "name")]


def test_a_pipeline_for_any_language_reads_every_text(tmp_path: Path) -> None:
    any_language = SpacyEntityEngine(str(save_ruler(tmp_path / "any", language="xx")))

    [outcome] = any_language.analyze(
        ["Gestern hat Ann Lee in der Apotheke aspirin gekauft und war sehr zufrieden."]
    )

    assert found(outcome) == [("Ann Lee", "person"), ("aspirin", "drug")]
    assert any_language.languages == ("mul",)


def test_a_pipeline_that_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises(OSError, match="no_such_pipeline"):
        SpacyEntityEngine("no_such_pipeline")


@given(text=ANY_TEXT)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_entities_within_it(engine: SpacyEntityEngine, text: str) -> None:
    [outcome] = engine.analyze([text])

    assert_sound(text, outcome)
    assert outcome == engine.explain(text)


@given(texts=st.lists(ANY_TEXT | st.sampled_from([TEXT, "Ann Lee and Ann Lee"]), max_size=5))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_text_has_the_same_entities_alone_and_in_a_chunk(
    engine: SpacyEntityEngine, texts: list[str]
) -> None:
    assert engine.analyze(texts) == [engine.analyze([text])[0] for text in texts]


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_have_sound_entities(engine: SpacyEntityEngine, name: str) -> None:
    [outcome] = engine.analyze([AWKWARD[name]])

    assert_sound(AWKWARD[name], outcome)


def test_no_more_entities_are_given_than_a_result_holds(engine: SpacyEntityEngine) -> None:
    [outcome] = engine.analyze(["The nurse said that Ann Lee has it. " * 300])

    assert len(found(outcome)) == ENTITIES_MAX


def test_threads_get_what_one_thread_gets(engine: SpacyEntityEngine) -> None:
    texts = [f"I met Ann Lee and {number} others in town." for number in range(40)]
    alone = engine.analyze(texts)

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(engine.analyze, [texts] * 8))

    assert together == [alone] * 8


def test_the_default_pipeline_is_one_that_we_know() -> None:
    assert DEFAULT_PIPELINE in KNOWN_PIPELINES
    assert SpacyEntityEngine.facts.module == DEFAULT_PIPELINE
    assert SpacyEntityEngine.facts.extra == "entities"


def test_the_default_pipeline_tells_people_organisations_and_places_apart(
    default_engine: SpacyEntityEngine,
) -> None:
    [outcome] = default_engine.analyze(
        ["Angela Merkel met the head of the United Nations in Berlin yesterday."]
    )

    assert found(outcome) == [
        ("Angela Merkel", "person"),
        ("United Nations", "organisation"),
        ("Berlin", "place"),
        ("yesterday", "date"),
    ]
    assert outcome.confidence == pytest.approx((0.65 + 0.47 + 0.81 + 0.96) / 4, abs=1e-4)


def test_the_default_pipeline_takes_no_shouted_word_for_a_name(default_engine: SpacyEntityEngine) -> None:
    [outcome] = default_engine.analyze(["Stuck in Denver again. I will NEVER fly with you. Pathetic."])

    assert found(outcome) == [("Denver", "place")]


def names_right(engine: SpacyEntityEngine) -> tuple[int, int, int]:
    formed: set[Any] = {"date", "time", "money", "quantity", "phone", "email", "url", "mention", "hashtag"}
    right = given_count = wanted_count = 0
    for marked in (*DEVELOPED, *HELD_OUT):
        text, entities = read(marked)
        wanted = {(one.start, one.end) for one in entities if one.kind == "name"}
        spans = engine.explain(text).explanation
        given_ones = {(span.start, span.end) for span in spans if span.label not in formed}
        right += len(wanted & given_ones)
        given_count += len(given_ones)
        wanted_count += len(wanted)
    return right, given_count, wanted_count


def test_the_default_pipeline_finds_the_names_of_our_sentences(default_engine: SpacyEntityEngine) -> None:
    right, given_count, wanted_count = names_right(default_engine)

    assert right >= 0.9 * given_count
    assert right >= 0.95 * wanted_count


def test_the_default_pipeline_gives_the_same_alone_and_in_a_chunk(default_engine: SpacyEntityEngine) -> None:
    texts = [read(marked)[0] for marked in (*DEVELOPED, *HELD_OUT)]

    assert default_engine.analyze(texts) == [default_engine.analyze([text])[0] for text in texts]
