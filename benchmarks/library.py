"""A library of analyses as large as wanted, the same one in every run; not a benchmark itself.

Texts of 20 to 200 characters whose words follow Zipf's law, fifty batches of eight types over two years, 2 % of the
rows waiting or failed, five languages, and a column `airline` of the files. What is rare is one row in 20,000.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate, islice
from typing import Any

from benchmarks.scratch import FEELINGS, OTHERS

RARE_WORD, MIDDLE_WORD, COMMON_WORD = "quixotic", "voucher", "delivery"
RARE_AIRLINE, COMMON_AIRLINE = "Icarus", "Albatros"
RARE_MODEL, COMMON_MODEL = "trial 0.1", "vader 3.3.2"
RARE_SCORE, PLAIN_SHARE = 0.9999, 0.2
ONE_IN_RARE, ONE_IN_MIDDLE = 20_000, 50

SEED = 1968
WORDS, WORDS_POOL = 20_000, 1_000_000
LAST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
DAYS, DAYS_A_BATCH = 730, 30
BATCHES, RARE_BATCH_ROWS = 50, 500
ROWS_A_WRITE = 5_000
TYPES = ("sentiment",) * 34 + ("quality", "emotion") * 3
TYPES += ("language", "keywords", "readability", "entities", "topics") * 2
LANGUAGES, LANGUAGE_WEIGHTS = ("en", "de", "fr", "es", "nl"), (70, 12, 8, 7, 3)
AIRLINES = (COMMON_AIRLINE, "Bustard", "Condor", "Dunlin", "Eider", "Falcon", "Gannet", "Heron")
STATUSES, STATUS_WEIGHTS = ("completed", "cached", "pending", "error"), (96, 2, 1, 1)
REASONS = (
    "The engine did not answer within 30 s.",
    "The text is in no language that the engine knows.",
    "The model ran out of memory.",
)
EMOTIONS = ("joy", "sadness", "anger", "fear", "surprise", "disgust")
MODELS = {
    "sentiment": (COMMON_MODEL, "linear-sentiment 1"),
    "quality": ("writing 1", "writing 2"),
    "emotion": ("emotion-words 1", "linear-emotion 1"),
    "language": ("fasttext-lite 1", "fasttext-lite 2"),
    "keywords": ("textrank 1", "textrank 2"),
    "readability": ("flesch 1", "flesch 2"),
    "entities": ("rules 1", "rules 2"),
    "topics": ("topic-words 1", "topic-words 2"),
}
COLUMNS = (
    "id",
    "text_content",
    "text_hash",
    "content_length",
    "analysis_type",
    "status",
    "sentiment_score",
    "quality_score",
    "emotion_scores",
    "language_detected",
    "keywords",
    "readability_score",
    "entities",
    "topics",
    "processing_time_ms",
    "model_used",
    "confidence_score",
    "optimization_tier",
    "created_at",
    "updated_at",
    "processed_at",
    "error_message",
    "retry_count",
    "batch_analysis_id",
    "import_id",
    "line_number",
    "external_id",
    "extra",
    "occurred_at",
)

Values = tuple[Any, ...]


@dataclass(frozen=True)
class BatchPlan:
    """One batch: its number (from 1, also of its import), type, rows and the moment it came in."""

    number: int
    analysis_type: str
    rows: int
    created_at: datetime


def build(rows: int) -> None:
    """Fill the empty tables of Django's database, the rollup too, and gather statistics."""
    from django.db import connection

    from analyses.services import folding, rollups

    plans = batch_plans(rows)
    _insert_batches(plans)
    {"postgresql": _copy}.get(connection.vendor, _execute_many)(plans)
    with connection.cursor() as cursor:
        for statement in _finish(connection.vendor):
            cursor.execute(statement)
    rollups.repair()
    while folding.fold():
        pass


def batch_plans(rows: int) -> list[BatchPlan]:
    """Share the rows out: batch 1 has 8 % of them, 49 has 1 %, and 50 is always 500 rows small."""
    weights = [1 / number**0.5 for number in range(1, BATCHES)]
    sizes = [int((rows - RARE_BATCH_ROWS) * weight / sum(weights)) for weight in weights]
    sizes[0] += rows - RARE_BATCH_ROWS - sum(sizes)
    types = list(TYPES)
    random.Random(SEED).shuffle(types)
    types[0] = "sentiment"
    step = (DAYS - DAYS_A_BATCH) / (BATCHES - 1)
    return [
        BatchPlan(
            number,
            types[number - 1],
            size,
            LAST_DAY - timedelta(days=DAYS - DAYS_A_BATCH - step * (number - 1)),
        )
        for number, size in enumerate((*sizes, RARE_BATCH_ROWS), start=1)
    ]


def lines(plans: list[BatchPlan]) -> Iterator[Values]:
    """Walk the rows of all batches, as values of `COLUMNS`; JSON is text."""
    chance = random.Random(SEED)
    words = _pool(chance)
    number = 0
    for plan in plans:
        for line in range(2, plan.rows + 2):
            number += 1
            yield _line(number, line, plan, words, chance)


def index() -> int:
    """Index the texts as one worker does, and give the number of those that were not."""
    from django.db import connection

    from analyses.choices import JobKind
    from analyses.models import Job, SearchDocument
    from analyses.services import jobs, search_documents

    before = SearchDocument.objects.count()
    search_documents.enqueue_all()
    while claim := jobs.claim_job(Job.objects.filter(kind=JobKind.INDEX_TEXTS), "benchmark"):
        search_documents.run(claim)
    with connection.cursor() as cursor:
        verb = {"postgresql": "VACUUM ANALYZE", "mysql": "ANALYZE TABLE"}.get(connection.vendor, "ANALYZE")
        cursor.execute(f"{verb} search_documents")
    return SearchDocument.objects.count() - before


def _pool(chance: random.Random) -> list[str]:
    """Give words in the shares of Zipf's law; a text is some of them in a row."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
    made = {"".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(WORDS)}
    vocabulary = [*f"{OTHERS} {FEELINGS}".split(), *sorted(made)]
    shares = list(accumulate(1 / (rank + 2.7) for rank in range(len(vocabulary))))
    return chance.choices(vocabulary, cum_weights=shares, k=WORDS_POOL)


def _text(words: list[str], chance: random.Random) -> str:
    start = int(chance.random() * (WORDS_POOL - 40))
    text = " ".join(words[start : start + 4 + int(chance.random() * 30)])[:180]
    if _one_in(ONE_IN_MIDDLE, chance):
        text = f"{text} {MIDDLE_WORD}"
    if _one_in(ONE_IN_RARE, chance):
        text = f"{text} {RARE_WORD}"
    return text.ljust(20, ".")


def _one_in(number: int, chance: random.Random) -> bool:
    return chance.random() * number < 1


def _line(number: int, line: int, plan: BatchPlan, words: list[str], chance: random.Random) -> Values:
    text = _text(words, chance)
    (status,) = chance.choices(STATUSES, STATUS_WEIGHTS)
    is_done = status in ("completed", "cached")
    (language,) = chance.choices(LANGUAGES, LANGUAGE_WEIGHTS)
    result = _result(plan.analysis_type, text, chance) if is_done else {}
    airline = RARE_AIRLINE if _one_in(ONE_IN_RARE, chance) else chance.choice(AIRLINES)
    model = RARE_MODEL if _one_in(ONE_IN_RARE, chance) else MODELS[plan.analysis_type][line % 3 == 0]
    return (
        number,
        text,
        sha256(text.encode()).hexdigest(),
        len(text),
        plan.analysis_type,
        status,
        result.get("sentiment"),
        result.get("quality"),
        result.get("emotion"),
        language if is_done else None,
        result.get("keywords"),
        result.get("readability"),
        result.get("entities"),
        result.get("topics"),
        round(chance.expovariate(8), 4) if is_done else None,
        model if is_done else None,
        round(0.4 + 0.6 * chance.random(), 3) if is_done else None,
        "standard",
        plan.created_at,
        plan.created_at,
        plan.created_at + timedelta(minutes=5) if is_done or status == "error" else None,
        chance.choice(REASONS) if status == "error" else None,
        0,
        plan.number,
        plan.number,
        line,
        f"T{number}",
        f'{{"airline": "{airline}"}}',
        plan.created_at - timedelta(seconds=int(chance.random() * DAYS_A_BATCH * 86_400)),
    )


def _result(analysis_type: str, text: str, chance: random.Random) -> dict[str, Any]:
    """Give the one result of a type, by its name."""
    some = text.split()[:3]
    makers: dict[str, Callable[[], Any]] = {
        "sentiment": lambda: _sentiment(chance),
        "quality": lambda: round(chance.betavariate(5, 2), 4),
        "readability": lambda: round(max(0.0, min(100.0, chance.gauss(62, 18))), 2),
        "emotion": lambda: json.dumps({name: round(chance.random(), 3) for name in EMOTIONS}),
        "language": lambda: None,  # every row that is done has one
        "entities": lambda: json.dumps([{"text": some[0], "label": "ORG", "start": 0, "end": len(some[0])}]),
        "keywords": lambda: json.dumps(some),
        "topics": lambda: json.dumps(some),
    }
    return {analysis_type: makers[analysis_type]()}


def _sentiment(chance: random.Random) -> float:
    """Give a score as VADER's are shared out: many of zero, the others around a small plus."""
    if _one_in(ONE_IN_RARE, chance):
        return RARE_SCORE
    is_plain = chance.random() < PLAIN_SHARE
    return 0.0 if is_plain else round(max(-0.98, min(0.98, chance.gauss(0.1, 0.45))), 4)


def _insert_batches(plans: list[BatchPlan]) -> None:
    from analyses.models import BatchAnalysis, Import

    Import.objects.bulk_create(
        Import(
            pk=plan.number,
            name=f"Reviews {plan.number}",
            file_name=f"reviews-{plan.number}.csv",
            stored_name=f"{plan.number}.csv",
            sha256=sha256(str(plan.number).encode()).hexdigest(),
            size_bytes=plan.rows * 130,
            encoding="utf-8",
            delimiter=",",
            columns=["id", "text", "date", "airline"],
            header_hash=sha256(b"header").hexdigest(),
            text_column="text",
            id_column="id",
            date_column="date",
            analysis_types=[plan.analysis_type],
            state="completed",
            accepted_count=plan.rows,
            created_at=plan.created_at,
            completed_at=plan.created_at,
        )
        for plan in plans
    )
    BatchAnalysis.objects.bulk_create(
        BatchAnalysis(
            pk=plan.number,
            batch_name=f"Reviews {plan.number}",
            batch_size=plan.rows,
            analysis_type=plan.analysis_type,
            status="processing",
            created_at=plan.created_at,
            started_at=plan.created_at,
            source_import_id=plan.number,
        )
        for plan in plans
    )


def _copy(plans: list[BatchPlan]) -> None:
    from django.db import connection

    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY text_analyses ({', '.join(COLUMNS)}) FROM STDIN") as copy,
    ):
        for values in lines(plans):
            copy.write_row(values)


def _execute_many(plans: list[BatchPlan]) -> None:
    from django.db import connection, transaction

    places = ", ".join(["%s"] * len(COLUMNS))
    statement = f"INSERT INTO text_analyses ({', '.join(COLUMNS)}) VALUES ({places})"
    adapt = connection.ops.adapt_datetimefield_value
    moments = {index for index, name in enumerate(COLUMNS) if name.endswith("_at")}
    rows = (
        tuple(adapt(value) if index in moments and value else value for index, value in enumerate(values))
        for values in lines(plans)
    )
    while some := list(islice(rows, ROWS_A_WRITE)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(statement, some)


def _finish(vendor: str) -> Iterator[str]:
    """Walk the statements that count the batches' rows, move the sequences on and gather statistics."""
    counted = (
        "(SELECT count(*) FROM text_analyses WHERE batch_analysis_id = batch_analyses.id AND status IN ({}))"
    )
    yield (
        f"UPDATE batch_analyses SET completed_count = {counted.format(quoted('completed', 'cached'))},"
        f" error_count = {counted.format(quoted('error'))}"
    )
    tables = ("text_analyses", "batch_analyses", "imports")
    if vendor == "postgresql":
        yield from (f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))" for table in tables)
        yield f"VACUUM ANALYZE {', '.join(tables)}"
    elif vendor == "mysql":
        yield f"ANALYZE TABLE {', '.join(tables)}"
    else:
        yield "ANALYZE"


def quoted(*words: str) -> str:
    """Write words as SQL."""
    return ", ".join(f"'{word}'" for word in words)
