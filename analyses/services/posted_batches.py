"""A batch posted with its texts: both or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis
from analyses.services import batch_texts, transactions
from analyses.services.batch_texts import RefusedText


@dataclass(frozen=True, slots=True)
class Posted:
    """A batch with its texts, and those that it did not take."""

    batch: BatchAnalysis
    refused: tuple[RefusedText, ...]


@transactions.managed("post batch")
def create(
    *,
    batch_name: str,
    analysis_type: str,
    optimization_tier: str,
    model_config: dict[str, Any] | None,
    texts: Sequence[str],
    batch_size: int,
    user: Any,
) -> Posted:
    """Create a batch with its texts in one transaction; a text that cannot be kept is refused and stops no other.

    Instead of texts, `batch_size` says how many there are elsewhere. Raises ValidationError naming the field; also when
    no text at all can be kept, and then there is no batch.
    """
    if texts and batch_size:
        raise ValidationError(
            "batch_size", _("Give texts, or a size for texts that are elsewhere, not both.")
        )
    batch = batch_texts.create(
        batch_name=batch_name,
        analysis_type=analysis_type,
        optimization_tier=optimization_tier,
        model_config=model_config,
        batch_size=batch_size,
        user=user,
    )
    if batch_size:
        return Posted(batch, ())
    added = batch_texts.add_texts(batch.pk, texts, user=user)
    if not added.count:
        reason = added.refused[0].reason if added.refused else _("Give at least one text.")
        raise ValidationError("texts", reason)
    batch.refresh_from_db()
    return Posted(batch, added.refused)
