"""The groups of a batch's texts: found once when its first rows are analysed, kept with the batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses.engines import topic_groups
from analyses.engines.base import Engine
from analyses.engines.topic_groups import Groups, SingleTextTopicsEngine, TopicGroupsEngine
from analyses.exceptions import EngineUnavailableError, LeaseLostError
from analyses.models import BatchAnalysis, TextAnalysis
from analyses.queries import batches
from analyses.queries import topic_groups as queries
from analyses.queries.topic_groups import KEPT_AS

# How soon a chunk asks again whether its file is read to the end.
READING_RETRY_SECONDS = 5.0


def need_all_texts(analysis_type: str, optimization_tier: str) -> bool:
    """Say whether the answers of a batch depend on all its texts, so that its work begins when its file is read."""
    return queries.needs_groups(analysis_type, optimization_tier)


def wait_for_the_file(batch: BatchAnalysis) -> bool:
    """Say whether the end of an import will begin this batch's work; call it with the batch locked. No query or one."""
    return need_all_texts(batch.analysis_type, batch.optimization_tier) and batches.is_importing(batch)


def engine_for(engine: Engine, *, batch_id: int | None) -> Engine:
    """Give the engine that answers the rows of a batch: its own groups where the registry's engine stands in for them.

    Finds and keeps the groups when there are none yet; safe to repeat, and of several workers the first one decides.
    Raises EngineUnavailableError while the batch's file is still being read: the groups are of all its texts.
    Raises LeaseLostError when the batch is gone.
    """
    if batch_id is None or not isinstance(engine, SingleTextTopicsEngine):
        return engine
    kept = queries.find(batch_id)
    if kept is None:
        _refuse_unread(batch_id)
        kept = _keep(batch_id, topic_groups.fit(_texts(batch_id)))
    return TopicGroupsEngine(kept, batch_id=batch_id)


def _refuse_unread(batch_id: int) -> None:
    batch = BatchAnalysis.objects.select_related("source_import").filter(pk=batch_id).first()
    if batch is not None and batches.is_importing(batch):
        reason = _("The groups are of all texts, and the file is still being read.")
        raise EngineUnavailableError(reason, retry_after_seconds=READING_RETRY_SECONDS)


def _texts(batch_id: int) -> Iterator[str]:
    """Walk distinct texts of a batch in the order of their hashes, which has nothing to do with what they say."""
    rows = TextAnalysis.objects.live().filter(batch_analysis_id=batch_id)
    first = rows.values("text_hash").annotate(first=Min("pk")).order_by("text_hash")
    ids = list(first.values_list("first", flat=True)[: topic_groups.SAMPLE_TEXTS])
    for start in range(0, len(ids), _TEXTS_AT_ONCE):
        found = TextAnalysis.objects.in_bulk(ids[start : start + _TEXTS_AT_ONCE])
        for pk in ids[start : start + _TEXTS_AT_ONCE]:
            if pk in found:
                yield found[pk].text_content


_TEXTS_AT_ONCE = 500


def _keep(batch_id: int, found: Groups) -> Groups:
    """Keep the groups with the batch unless another worker did so first, and give those that are kept."""
    batch = BatchAnalysis.objects.filter(pk=batch_id)
    settings: dict[str, Any] = batch.values_list("model_config", flat=True).first() or {}
    without = batch.filter(Q(model_config__isnull=True) | ~Q(model_config__has_key=KEPT_AS))
    without.update(model_config={**settings, KEPT_AS: found.as_json()}, updated_at=timezone.now())
    kept = queries.find(batch_id)
    if kept is None:
        raise LeaseLostError(f"Batch {batch_id} is gone.")
    return kept
