"""Requests that may be sent again: carried out once, answered the same each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import choices
from analyses.exceptions import DatabaseError, KeyReusedError
from analyses.models import IdempotencyKey
from analyses.queries.driver_errors import reading
from analyses.services import transactions

# How often a key is looked for again whose first request is given up at this very moment.
TURNS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered: a status and JSON; `is_replay` when it was carried out before."""

    status: int
    content: str
    is_replay: bool = False


def once(*, token_id: int, key: str, request_hash: str, work: Callable[[], Answer]) -> Answer:
    """Carry a request out, or give the answer that it got before.

    The key is written in the transaction of the work: whoever sends the same at the same moment waits for its end, and
    what fails leaves no key. Raises KeyReusedError when the key came with another request; and what the work raises.
    """
    for _turn in range(TURNS):
        known = _find(token_id, key)
        if known is not None:
            return _replayed(known, request_hash)
        answer = _first(token_id, key, request_hash, work)
        if answer is not None:
            return answer
    raise DatabaseError("answer once", _("The same request is being given up at this moment. Try again."))


@reading("find idempotency key")
def _find(token_id: int, key: str) -> IdempotencyKey | None:
    return IdempotencyKey.objects.filter(token=token_id, key=key, expires_at__gt=timezone.now()).first()


def _replayed(known: IdempotencyKey, request_hash: str) -> Answer:
    if known.request_hash != request_hash:
        raise KeyReusedError(_("This Idempotency-Key came with another request before."))
    return Answer(known.answer_status, known.answer, is_replay=True)


@transactions.managed("answer once")
def _first(token_id: int, key: str, request_hash: str, work: Callable[[], Answer]) -> Answer | None:
    """Claim the key and do the work; None when somebody else claimed it first."""
    now = timezone.now()
    IdempotencyKey.objects.filter(token=token_id, expires_at__lte=now).delete()
    claim = IdempotencyKey(
        token_id=token_id,
        key=key,
        request_hash=request_hash,
        answer_status=0,
        answer="",
        expires_at=now + timedelta(hours=choices.IDEMPOTENCY_HOURS),
    )
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError:
        return None
    answer = work()
    claim.answer_status, claim.answer = answer.status, answer.content
    claim.save(update_fields=("answer_status", "answer"))
    return answer
