"""The groups that a batch's texts fall into: read from the batch, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from analyses import choices
from analyses.choices import AnalysisType, OptimizationTier
from analyses.engines.base import Engine
from analyses.engines.topic_groups import NAME, Groups, TopicGroupsEngine
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries.topic_lists import FirstTopic

# Where `BatchAnalysis.model_config` keeps them.
KEPT_AS = "topic_groups"
# People's corrections can bring any number of further first topics.
OTHERS_MAX = 10


@dataclass(frozen=True)
class GroupSize:
    """A group and the number of its texts; its first term is theirs alone."""

    terms: Sequence[str]
    texts: int

    @property
    def first(self) -> str:
        """Give the term that tells the group's texts from all others."""
        return self.terms[0]


@dataclass(frozen=True)
class Sizes:
    """How the finished texts of a batch fall into groups, largest first.

    `others` have a first topic that names no group, as people's corrections may, and `without` have no topic at all:
    with the texts of those that are not listed, `left_out`, they are all finished texts.
    `sample` is the number of distinct texts that the groups were found in.
    """

    groups: Sequence[GroupSize]
    others: Sequence[GroupSize]
    without: int
    sample: int
    left_out: int = 0


def find(batch_id: int) -> Groups | None:
    """Find the groups of a batch, in one query; None where there are none (yet)."""
    settings = BatchAnalysis.objects.filter(pk=batch_id).values_list("model_config", flat=True).first()
    return _read(settings)


def has_groups(batch: BatchAnalysis) -> bool:
    """Tell whether a batch is one whose texts are put into groups; no query."""
    return needs_groups(batch.analysis_type, batch.optimization_tier)


def needs_groups(analysis_type: str, optimization_tier: str) -> bool:
    """Tell whether batches of a type and tier are answered by groups of their own texts; no query."""
    return (analysis_type, optimization_tier) == (AnalysisType.TOPICS, OptimizationTier.STANDARD)


def find_engine(row: TextAnalysis) -> Engine | None:
    """Find the engine that gave a row its group, in one query; None for any other row."""
    if row.batch_analysis_id is None or row.analysis_type != AnalysisType.TOPICS:
        return None
    if not (row.model_used or "").startswith(f"{NAME} "):
        return None
    kept = find(row.batch_analysis_id)
    engine = TopicGroupsEngine(kept, batch_id=row.batch_analysis_id) if kept else None
    return engine if engine and engine.model_used == row.model_used else None


def sizes(batch: BatchAnalysis) -> Sizes | None:
    """Count the finished texts of a batch by their group, in one query; None for a batch without groups (none)."""
    kept = _read(batch.model_config)
    if kept is None:
        return None
    counts = _counts(batch)
    by_first = {group.terms[0]: group.terms for group in kept.groups}
    groups = [GroupSize(terms, counts.pop(first, 0)) for first, terms in by_first.items()]
    without = counts.pop(None, 0)
    others = [GroupSize((first or "",), texts) for first, texts in counts.items()]
    others.sort(key=lambda one: (-one.texts, one.first))
    return Sizes(
        groups=sorted(groups, key=lambda group: -group.texts),
        others=others[:OTHERS_MAX],
        without=without,
        sample=kept.texts,
        left_out=sum(one.texts for one in others[OTHERS_MAX:]),
    )


def _counts(batch: BatchAnalysis) -> dict[str | None, int]:
    """Count finished rows by their first topic; None: no topic."""
    rows = TextAnalysis.objects.filter(
        batch_analysis=batch, status__in=choices.DONE_STATUSES, deleted_at__isnull=True
    )
    grouped = rows.annotate(first_topic=FirstTopic()).values_list("first_topic").annotate(texts=Count("pk"))
    return dict(grouped.order_by())


def _read(settings: object) -> Groups | None:
    kept = settings.get(KEPT_AS) if isinstance(settings, dict) else None
    return Groups.from_json(kept) if kept else None
