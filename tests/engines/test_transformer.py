"""Models of the site, on tiny ones that the tests make."""

from __future__ import annotations

import doctest
import json
import math
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses import results
from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import onnx_model, transformer
from analyses.engines.base import EngineFacts, Span
from analyses.engines.breaker import Breaker
from analyses.engines.transformer import TransformerClassifier, TransformerEngine, TransformerTagger, problem
from analyses.exceptions import EngineUnavailableError
from tests.engines.test_breaker import Clock
from tests.engines.texts import ANY_TEXT, AWKWARD
from tests.engines.tiny_models import OPINIONS, Words, make_classifier, make_tagger

for package in ("onnx", "onnxruntime", "tokenizers"):
    pytest.importorskip(package, reason="pip install onnx onnxruntime tokenizers")

FACTS = EngineFacts(
    analysis_type=AnalysisType.SENTIMENT,
    tiers=(OptimizationTier.ULTRA,),
    name="house",
    version="3",
    languages=("en",),
    summary="A model of this site.",
)
PEOPLE: Words = {
    "ada": (0.0, 9.0, 0.0, 0.0),
    "lovelace": (0.0, 0.0, 9.0, 0.0),
    "ulm": (0.0, 0.0, 0.0, 9.0),
    "met": (9.0, 0.0, 0.0, 0.0),
}
TAGS = ("O", "B-PER", "I-PER", "B-LOC")


def facts(analysis_type: AnalysisType) -> EngineFacts:
    return replace(FACTS, analysis_type=analysis_type)


def sentiment_model(folder: Path, **config: Any) -> Path:
    return make_classifier(folder, ("NEGATIVE", "POSITIVE"), OPINIONS, **config)


@pytest.fixture(scope="module")
def opinions(tmp_path_factory: pytest.TempPathFactory) -> TransformerClassifier:
    return TransformerClassifier(FACTS, sentiment_model(tmp_path_factory.mktemp("opinions")))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> TransformerTagger:
    folder = make_tagger(tmp_path_factory.mktemp("people"), TAGS, PEOPLE)
    return TransformerTagger(facts(AnalysisType.ENTITIES), folder)


# --- Labels of whole texts -----------------------------------------------------------------------


def test_labels_of_sentiment_become_a_score(opinions: TransformerClassifier) -> None:
    good, bad, nothing = opinions.analyze(["great", "Awful awful", "qwertz"])

    # [CLS] great [SEP]: a third of the word's numbers, so tanh(1); two of four tokens: tanh(-1.5).
    assert (good.value, good.confidence) == (0.7616, 0.8808)
    assert (bad.value, bad.confidence) == (-0.9051, 0.9526)
    assert nothing.value == 0.0
    assert good.probabilities == {"POSITIVE": 0.8808, "NEGATIVE": 0.1192}
    assert 0 < good.processing_time_ms < 5_000


def test_what_was_left_out_lowers_or_raises_the_score(opinions: TransformerClassifier) -> None:
    outcome = opinions.explain("the great  bad flight")

    assert [(span.start, span.end) for span in outcome.explanation] == [(0, 3), (4, 9), (11, 14), (15, 21)]
    the, great, bad, _flight = (span.weight for span in outcome.explanation)
    assert great > 0.5 > abs(the)
    assert bad < -0.3
    assert outcome == replace(opinions.analyze(["the great  bad flight"])[0], explanation=outcome.explanation)


def test_a_long_text_is_explained_by_stretches(opinions: TransformerClassifier) -> None:
    outcome = opinions.explain("good bad awful " * 600)

    assert 0 < len(outcome.explanation) <= 32


def test_a_text_is_cut_where_the_model_ends(opinions: TransformerClassifier) -> None:
    long, longer = opinions.analyze(["good " * 62, "good " * 62 + "awful " * 900])

    assert long.value == longer.value
    assert long.value != opinions.analyze(["good " * 30])[0].value


def test_fewer_tokens_can_be_asked_for(opinions: TransformerClassifier, tmp_path: Path) -> None:
    short = TransformerClassifier(FACTS, sentiment_model(tmp_path), tokens_max=8)

    first, second = short.analyze(["good " * 6, "good " * 6 + "awful"])

    assert first.value == second.value


@given(texts=st.lists(ANY_TEXT | st.lists(st.sampled_from(list(OPINIONS))).map(" ".join), max_size=8))
@settings(max_examples=100)
def test_a_text_has_the_same_outcome_alone_and_in_a_chunk(
    opinions: TransformerClassifier, texts: list[str]
) -> None:
    assert opinions.analyze(texts) == [opinions.analyze([text])[0] for text in texts]


@given(text=ANY_TEXT)
@settings(max_examples=100)
def test_any_text_gives_a_result_that_can_be_kept(
    opinions: TransformerClassifier, people: TransformerTagger, text: str
) -> None:
    for engine in (opinions, people):
        outcome = engine.explain(text)

        assert outcome.error == ""
        assert results.clean(engine.analysis_type, outcome.value) == outcome.value
        assert outcome.confidence is not None
        assert 0.0 <= outcome.confidence <= 1.0
        assert all(0 <= span.start < span.end <= len(text) for span in outcome.explanation)


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_break_no_model(
    opinions: TransformerClassifier, people: TransformerTagger, name: str
) -> None:
    assert opinions.explain(AWKWARD[name]).error == ""
    assert people.explain(AWKWARD[name]).error == ""


def test_threads_share_one_model(tmp_path: Path) -> None:
    engine = TransformerClassifier(FACTS, sentiment_model(tmp_path))
    texts = [f"{word} crew" for word in OPINIONS] * 10

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(engine.judge, texts))

    assert together == [engine.judge(text) for text in texts]


def test_labels_that_stand_beside_each_other_are_emotions_and_topics(tmp_path: Path) -> None:
    words: Words = {"party": (6.0, 6.0, -6.0)}
    folder = make_classifier(
        tmp_path, ("joy", "love", "fear"), words, problem_type="multi_label_classification"
    )

    [emotion] = TransformerClassifier(facts(AnalysisType.EMOTION), folder).analyze(["party"])
    [topics] = TransformerClassifier(facts(AnalysisType.TOPICS), folder).analyze(["party"])

    assert emotion.value == {"joy": 0.8808, "love": 0.8808, "fear": 0.1192}
    assert topics.value == ["joy", "love"]


def test_an_emotion_is_explained_by_its_likeliest_label(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path, ("fear", "joy"), {"party": (0.0, 9.0), "fog": (3.0, 0.0)})

    outcome = TransformerClassifier(facts(AnalysisType.EMOTION), folder).explain("fog party")

    assert [(span.start, span.end, span.label) for span in outcome.explanation] == [
        (0, 3, "joy"),
        (4, 9, "joy"),
    ]
    assert outcome.explanation[0].weight < 0 < outcome.explanation[1].weight


def test_a_language_is_the_likeliest_label(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path, ("de", "fr"), {"und": (6.0, 0.0), "et": (0.0, 6.0)})

    outcomes = TransformerClassifier(facts(AnalysisType.LANGUAGE), folder).analyze(["und", "et"])

    assert [outcome.value for outcome in outcomes] == ["de", "fr"]


@pytest.mark.parametrize(
    ("analysis_type", "text", "value"),
    [(AnalysisType.QUALITY, "fine", 0.5), (AnalysisType.QUALITY, "fine fine fine fine fine fine", 1.0)],
)
def test_a_number_is_cut_to_the_bounds_of_its_type(
    tmp_path: Path, analysis_type: AnalysisType, text: str, value: float
) -> None:
    folder = make_classifier(tmp_path, ("LABEL_0",), {"fine": (1.5,)}, problem_type="regression")

    [outcome] = TransformerClassifier(facts(analysis_type), folder).analyze([text])

    assert (outcome.value, outcome.confidence) == (value, None)


def test_labels_of_the_site_are_scores(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path, ("poor", "rich"), {"fine": (0.0, 0.0)})
    labels: dict[str, float | str] = {"poor": 20, "rich": 80}

    [outcome] = TransformerClassifier(facts(AnalysisType.READABILITY), folder, labels=labels).analyze(
        ["fine"]
    )

    assert outcome.value == 50.0


def test_a_number_that_is_none_fails_the_row(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path, ("NEGATIVE", "POSITIVE"), {"odd": (math.nan, 1.0)})

    outcomes = TransformerClassifier(FACTS, folder).analyze(["odd", "other"])

    assert [outcome.error for outcome in outcomes] == ["The model gave no number for this text.", ""]


def test_a_token_that_the_model_does_not_know_fails_the_row(tmp_path: Path) -> None:
    folder = sentiment_model(tmp_path)
    more = make_classifier(tmp_path / "more", ("a", "b"), {**OPINIONS, "zeppelin": (0.0, 0.0)})
    shutil.copy(more / "tokenizer.json", folder / "tokenizer.json")

    outcomes = TransformerClassifier(FACTS, folder).analyze(["zeppelin", "good"])

    assert [outcome.error for outcome in outcomes] == ["The model gave no number for this text.", ""]


# --- Labels of tokens ----------------------------------------------------------------------------


def test_tags_become_entities_with_their_places(people: TransformerTagger) -> None:
    outcome = people.analyze(["Ada Lovelace met Ada, Ulm Ulm"])[0]

    assert outcome.value == [
        {"text": "Ada Lovelace", "label": "PER", "start": 0, "end": 12, "score": 0.9996},
        {"text": "Ada", "label": "PER", "start": 17, "end": 20, "score": 0.9996},
        {"text": "Ulm", "label": "LOC", "start": 22, "end": 25, "score": 0.9996},
        {"text": "Ulm", "label": "LOC", "start": 26, "end": 29, "score": 0.9996},
    ]
    assert outcome.confidence == 0.9996
    assert outcome.explanation[0] == Span(0, 12, 0.9996, "PER")


def test_no_entity_is_an_answer(people: TransformerTagger) -> None:
    assert people.analyze(["met"])[0].value == []


def test_the_site_names_kinds_of_entities_and_leaves_some_out(tmp_path: Path) -> None:
    folder = make_tagger(tmp_path, TAGS, PEOPLE)
    labels: dict[str, float | str] = {"PER": "person", "B-LOC": "O"}

    [outcome] = TransformerTagger(facts(AnalysisType.ENTITIES), folder, labels=labels).analyze(
        ["Ulm Ada Lovelace"]
    )

    assert outcome.value == [
        {"text": "Ada Lovelace", "label": "person", "start": 4, "end": 16, "score": 0.9996}
    ]


def test_keywords_are_the_texts_found_each_once(tmp_path: Path) -> None:
    folder = make_tagger(tmp_path, ("O", "KEY"), {"late": (0.0, 9.0), "train": (0.0, 9.0), "the": (9.0, 0.0)})

    [outcome] = TransformerTagger(facts(AnalysisType.KEYWORDS), folder).analyze(
        ["late train the late train the"]
    )

    assert outcome.value == ["late train"]


# --- Loading -------------------------------------------------------------------------------------


def test_loading_opens_no_connection_and_happens_at_the_first_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    engine = TransformerClassifier(FACTS, tmp_path / "later")
    sentiment_model(tmp_path / "later")

    assert engine.analyze(["great"])[0].value == 0.7616


@pytest.mark.parametrize("path", ["model.onnx", "", "onnx/model.onnx"])
def test_a_model_is_found_by_its_folder_or_its_file(tmp_path: Path, path: str) -> None:
    folder = sentiment_model(tmp_path)
    if path.startswith("onnx"):
        (folder / "onnx").mkdir()
        (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")

    assert problem(AnalysisType.SENTIMENT, folder / path, {}) == ""
    assert TransformerClassifier(FACTS, folder / path).analyze(["great"])[0].value == 0.7616


def test_a_folder_that_comes_later_needs_no_restart(tmp_path: Path) -> None:
    clock = Clock()
    breaker = Breaker(failures_max=1, open_seconds=60.0, clock=clock)
    engine = TransformerClassifier(FACTS, tmp_path / "late", breaker=breaker)

    waits = []
    for _ in range(2):
        with pytest.raises(
            EngineUnavailableError, match=r"^house: The model's folder is not there\.$"
        ) as caught:
            engine.analyze(["great"])
        waits.append(caught.value.retry_after_seconds)
        clock.now += 20.0
    sentiment_model(tmp_path / "late")
    clock.now += 20.0

    assert waits == [60.0, 40.0]
    assert engine.analyze(["great"])[0].value == 0.7616


Change = tuple[str, str | None]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("config.json", None, "The model's folder has no config.json."),
        ("tokenizer.json", None, "The model's folder has no tokenizer.json."),
        ("model.onnx", None, "The model's folder has no model.onnx."),
        ("config.json", "{", "config.json of the model cannot be read."),
        ("config.json", "[]", "config.json of the model is no JSON object."),
        ("config.json", "{}", "config.json of the model has no id2label that names every label from 0 on."),
        (
            "config.json",
            '{"id2label": {"1": "a"}}',
            "config.json of the model has no id2label that names every label from 0 on.",
        ),
        (
            "config.json",
            '{"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}',
            "The labels LABEL_0, LABEL_1 have no score; give each one from -1.0 to 1.0 in “labels”.",
        ),
        (
            "config.json",
            json.dumps({"id2label": {"0": "neg", "1": "pos"}, "problem_type": "multi_label_classification"}),
            "A model whose labels stand beside each other does not tell sentiment.",
        ),
        (
            "config.json",
            json.dumps({"id2label": {"0": "neg"}, "architectures": ["BertForTokenClassification"]}),
            "A model that labels tokens does not tell sentiment; one that labels whole texts does.",
        ),
    ],
)
def test_what_is_wrong_with_a_folder_is_said_before_and_when_it_is_loaded(
    tmp_path: Path, name: str, content: str | None, sentence: str
) -> None:
    folder = sentiment_model(tmp_path)
    (folder / name).unlink() if content is None else (folder / name).write_text(content)

    assert problem(AnalysisType.SENTIMENT, folder, {}) == sentence
    assert refusal(TransformerClassifier(FACTS, folder)) == f"house: {sentence}"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("tokenizer.json", "{}", "tokenizer.json of the model cannot be read."),
        ("model.onnx", "no model", "model.onnx of the model cannot be loaded."),
        (
            "config.json",
            '{"id2label": {"0": "neg", "1": "neu", "2": "pos"}}',
            "model.onnx does not give one number for each label of config.json.",
        ),
    ],
)
def test_what_only_loading_tells_fails_no_row_either(
    tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    folder = sentiment_model(tmp_path)
    (folder / name).write_text(content)

    assert refusal(TransformerClassifier(FACTS, folder)) == f"house: {sentence}"


def refusal(engine: TransformerEngine) -> str:
    with pytest.raises(EngineUnavailableError) as caught:
        engine.analyze(["great"])
    return caught.value.reason


def test_weights_for_training_get_a_sentence_how_to_export_them(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")

    sentence = problem(AnalysisType.SENTIMENT, tmp_path, {})

    assert "has weights for training, but no model.onnx" in sentence
    assert "optimum-cli export onnx --model FOLDER NEW_FOLDER" in sentence


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "PACKAGES", ("numpy", "no_such_package"))
    sentence = "The packages no_such_package are missing: pip install '.[ultra]', then restart."

    assert problem(AnalysisType.SENTIMENT, tmp_path, {}) == sentence
    assert refusal(TransformerClassifier(FACTS, tmp_path)) == f"house: {sentence}"


@pytest.mark.parametrize(
    ("analysis_type", "sentence"),
    [
        (
            AnalysisType.ENTITIES,
            "A model that labels whole texts does not tell entities; one that labels tokens does.",
        ),
        (
            AnalysisType.KEYWORDS,
            "A model that labels whole texts does not tell keywords; one that labels tokens does.",
        ),
        (AnalysisType.EMOTION, ""),
        (AnalysisType.TOPICS, ""),
    ],
)
def test_types_that_a_model_cannot_tell_are_named(
    tmp_path: Path, analysis_type: AnalysisType, sentence: str
) -> None:
    assert problem(analysis_type, sentiment_model(tmp_path), {}) == sentence


def test_a_number_does_not_tell_an_emotion(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path, ("LABEL_0",), {"fine": (1.5,)})

    assert problem(AnalysisType.QUALITY, folder, {}) == ""
    assert problem(AnalysisType.EMOTION, folder, {}) == "A model that gives a number does not tell emotion."


@pytest.mark.parametrize(
    ("config", "tokenizer_config", "tokens"),
    [
        ({"max_position_embeddings": 512}, None, 510),
        ({"max_position_embeddings": 514}, {"model_max_length": 512}, 512),
        ({"max_position_embeddings": 512}, {"model_max_length": 10**30}, 510),
        ({"max_position_embeddings": 512}, {"model_max_length": 8192}, 512),
        ({}, {"model_max_length": 128}, 128),
        ({}, None, 512),
    ],
)
def test_how_long_a_text_may_be_is_read_from_the_model(
    tmp_path: Path, config: dict[str, Any], tokenizer_config: dict[str, Any] | None, tokens: int
) -> None:
    folder = sentiment_model(tmp_path)
    labels = {"id2label": {"0": "neg", "1": "pos"}}
    (folder / "config.json").write_text(json.dumps(labels | config))
    if tokenizer_config:
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config))

    assert onnx_model.read_config(onnx_model.find_files(folder)).tokens_max == tokens


@pytest.mark.parametrize("module", [onnx_model, transformer], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_are_true(module: Any) -> None:
    result = doctest.testmod(module)

    assert result.attempted > 0
    assert result.failed == 0
