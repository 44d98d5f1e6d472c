"""The demo's data: a few hundred texts that come in through the same import as anybody's file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines import registry
from analyses.models import Import
from analyses.services import demo_texts, imports, uploads
from analyses.services.imports import Mapping
from analyses.tabular.writing import write_rows

FILE_NAME = "demo-reviews.csv"
HEADER = ("review_id", "created", "product", "channel", "review")
DAYS = 45
SEED = 7
REVIEWS_A_DAY = (4, 14)
QUESTION_SHARE = 0.25
POOL_WEIGHTS = {
    demo_texts.PRAISE: 7,
    demo_texts.COMPLAINTS: 6,
    demo_texts.QUESTIONS: 4,
    demo_texts.MIXED: 3,
    demo_texts.FEELINGS: 3,
    demo_texts.NAMED: 4,
    demo_texts.CARELESS: 2,
    demo_texts.SCRAPS: 1,
    demo_texts.OTHER_LANGUAGES: 2,
}


def load_demo_texts() -> bool:
    """Import the demo's reviews once; say whether they were new. Safe to repeat.

    A worker analyses them by every type that an engine of tier standard answers.
    """
    if Import.objects.filter(file_name=FILE_NAME).exists():
        return False
    with transaction.atomic():
        record = uploads.store_upload(write_rows(HEADER, _reviews()), file_name=FILE_NAME, user=None)
        imports.start(
            record.pk,
            mapping=Mapping("review", "review_id", "created", "iso", "UTC"),
            name="Demo reviews",
            analysis_types=analysis_types(),
            tier=OptimizationTier.STANDARD,
            user=None,
        )
    return True


def analysis_types() -> list[AnalysisType]:
    """List the types that an installed engine of tier standard answers."""
    return [row.analysis_type for row in registry.installed() if row.tier == OptimizationTier.STANDARD]


def _reviews() -> Iterator[tuple[object, ...]]:
    """Give the reviews of the last 45 days; the same texts every time, only the days move along."""
    chance = random.Random(SEED)  # noqa: S311 - a demo, not a secret
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    number = 1000
    for days_ago in range(DAYS, 0, -1):
        for _count in range(chance.randint(*REVIEWS_A_DAY)):
            number += 1
            yield _review(number, today - timedelta(days=days_ago), chance)


def _review(number: int, day: datetime, chance: random.Random) -> tuple[object, ...]:
    moment = day + timedelta(minutes=chance.randrange(6 * 60, 23 * 60))
    product = chance.choice(demo_texts.PRODUCTS)
    (pool,) = chance.choices(tuple(POOL_WEIGHTS), weights=tuple(POOL_WEIGHTS.values()))
    text = chance.choice(pool).format(product=product)
    if pool is not demo_texts.SCRAPS and chance.random() < QUESTION_SHARE:
        text = f"{text} {chance.choice(demo_texts.QUESTIONS).format(product=product)}"
    return (f"R{number}", moment.isoformat(), product, chance.choice(demo_texts.CHANNELS), text)
