"""Batches: start one, list, follow, cancel, resume, retry, delete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from analyses import choices
from analyses.api import filters, repeats
from analyses.api.answered import CONFLICT, NOT_FOUND, WITH_BODY, answers
from analyses.api.answers import as_json
from analyses.api.bearer import DELETES_BATCHES, INGESTS, INGESTS_MANY, READS, RETRIES, RUNS, holder_of
from analyses.api.schemas import (
    AddedOut,
    BatchIn,
    BatchListOut,
    BatchOut,
    BatchQuery,
    Id,
    MessageOut,
    PostedBatchOut,
    ProgressIn,
    ProgressOut,
    RetryIn,
    RetryOut,
    TextsIn,
)
from analyses.exceptions import ValidationError
from analyses.models import BatchAnalysis
from analyses.queries import batch_lists
from analyses.queries import batches as queries
from analyses.services import batch_texts, posted_batches
from analyses.services import batches as services
from analyses.services.batch_texts import RefusedText

router = Router(tags=["batches"], by_alias=True)

FIELDS = tuple(
    name for name in (field.alias or name for name, field in BatchOut.model_fields.items()) if name != "state"
)


def represented(batch: BatchAnalysis) -> dict[str, Any]:
    """Give a batch as its answer has it."""
    return {name: getattr(batch, name) for name in FIELDS} | {"state": queries.state_of(batch).value}


@router.post(
    "",
    auth=INGESTS_MANY,
    response=answers({201: PostedBatchOut}, CONFLICT, *WITH_BODY),
    summary="Post a batch of texts",
    operation_id="create_batch",
    openapi_extra={"parameters": [repeats.PARAMETER]},
)
def create(request: HttpRequest, body: BatchIn) -> HttpResponse:
    """Create a batch of 1 to 1,000 texts; a worker analyses them. With `batch_size` its texts stay elsewhere.

    A text that cannot be kept is named in `refused` and stops no other. Send an Idempotency-Key: without it, a batch
    posted again is another batch.
    """

    def work() -> tuple[int, Any]:
        posted = posted_batches.create(
            batch_name=body.batch_name,
            analysis_type=body.analysis_type,
            optimization_tier=body.optimization_tier,
            model_config=body.settings,
            texts=body.texts,
            batch_size=body.batch_size,
            user=holder_of(request).user,
        )
        return HTTPStatus.CREATED, represented(posted.batch) | {"refused": _refused(posted.refused)}

    return repeats.answered_once(request, work)


def _refused(texts: Iterable[RefusedText]) -> list[dict[str, Any]]:
    return [asdict(text) for text in texts]


@router.post(
    "/{batch_id}/texts",
    auth=INGESTS_MANY,
    response=answers({201: AddedOut}, NOT_FOUND, CONFLICT, *WITH_BODY),
    summary="Add texts to a batch",
    operation_id="add_texts",
    openapi_extra={"parameters": [repeats.PARAMETER]},
)
def add_texts(request: HttpRequest, batch_id: Id, body: TextsIn) -> HttpResponse:
    """Add 1 to 1,000 texts to a batch that was posted; those that cannot be kept are named in `refused`."""
    _found(batch_id)

    def work() -> tuple[int, Any]:
        added = batch_texts.add_texts(batch_id, body.texts, user=holder_of(request).user)
        return HTTPStatus.CREATED, {"count": added.count, "refused": _refused(added.refused)}

    return repeats.answered_once(request, work)


@router.get(
    "",
    auth=READS,
    response=answers({200: BatchListOut}),
    summary="List batches",
    operation_id="list_batches",
)
def list_(
    request: HttpRequest, query: Annotated[BatchQuery, Query()], after: Annotated[Id | None, Query()] = None
) -> HttpResponse:
    """List batches, newest first: 50 at a time by key (`after`), or by page and size, with filters and an order."""
    if query.is_by_page:
        if after is not None:
            raise ValidationError("after", _("Page by number or by key, not both."))
        return as_json(_by_page(query))
    return as_json(_by_key(after))


def _by_key(after: int | None) -> dict[str, Any]:
    page = queries.newest(older_than=after)
    return {
        "items": [represented(batch) for batch in page.rows],
        "total": batch_lists.count(),
        "page": None,
        "size": choices.PAGE_ROWS,
        "has_next": page.older_than is not None,
        "has_prev": page.newer_than is not None,
        "after": page.older_than,
    }


def _by_page(query: BatchQuery) -> dict[str, Any]:
    page, size = query.page or 1, query.size or filters.SIZE_DEFAULT
    if page * size > choices.LIST_MATCHES_MAX:
        raise ValidationError("page", _("Pages reach the first 10,000 batches; go on by key (after)."))
    conditions = query.model_dump(include={"analysis_type", "status", "optimization_tier"})
    found = batch_lists.select(
        **conditions,
        limit=size,
        offset=(page - 1) * size,
        order_by=query.order_by or filters.ORDER_DEFAULT,
        order_desc=query.order_desc is not False,
    )
    total = batch_lists.count(**conditions)
    return {
        "items": [represented(batch) for batch in found],
        "total": total,
        "page": page,
        "size": size,
        "has_next": page * size < total,
        "has_prev": page > 1,
        "after": None,
    }


@router.get(
    "/{batch_id}",
    auth=READS,
    response=answers({200: BatchOut}, NOT_FOUND),
    summary="Read a batch",
    operation_id="get_batch",
)
def get(request: HttpRequest, batch_id: Id) -> HttpResponse:
    """Give one batch with its counters."""
    return as_json(represented(_found(batch_id)))


@router.get(
    "/{batch_id}/progress",
    auth=READS,
    response=answers({200: ProgressOut}, NOT_FOUND),
    summary="Follow a batch",
    operation_id="get_batch_progress",
)
def progress(request: HttpRequest, batch_id: Id) -> HttpResponse:
    """Tell where a batch stands, how fast it goes and when it may be done."""
    batch = _found(batch_id)
    found = queries.progress_of([batch])[batch.pk]
    answered = found.done + found.failed
    content = {
        "id": found.batch_id,
        "state": found.state.value,
        "size": found.size,
        "done": found.done,
        "failed": found.failed,
        "waiting": found.waiting,
        "percent": round(100 * answered / found.size, 2) if found.size else 0.0,
        "rows_per_second": found.rows_per_second,
        "finish_at": found.finish_at,
        "mean_time_ms": found.mean_time_ms,
        "finished": found.finished,
        "worker_alive": found.worker_alive,
    }
    return as_json(content)


@router.put(
    "/{batch_id}/progress",
    auth=INGESTS,
    response=answers({200: BatchOut}, NOT_FOUND, *WITH_BODY),
    summary="Count a batch whose texts are elsewhere",
    operation_id="update_batch_progress",
)
def update_progress(request: HttpRequest, batch_id: Id, body: ProgressIn) -> HttpResponse:
    """Set how many texts are done and failed, absolutely; together they complete the batch. Safe to repeat."""
    batch = batch_texts.update_progress(
        batch_id,
        completed_count=body.completed_count,
        error_count=body.error_count,
        user=holder_of(request).user,
    )
    if batch is None:
        raise _missing(batch_id)
    return as_json(represented(batch))


@router.post(
    "/{batch_id}/cancel",
    auth=RUNS,
    response=answers({200: BatchOut}, NOT_FOUND),
    summary="Cancel a batch",
    operation_id="cancel_batch",
)
def cancel(request: HttpRequest, batch_id: Id) -> HttpResponse:
    """Stop the work at once; what waits stays waiting. Safe to repeat; a finished batch stays as it is."""
    _found(batch_id)
    services.cancel(batch_id, user=holder_of(request).user)
    return as_json(represented(_found(batch_id)))


@router.post(
    "/{batch_id}/resume",
    auth=RUNS,
    response=answers({200: BatchOut}, NOT_FOUND),
    summary="Resume a cancelled batch",
    operation_id="resume_batch",
)
def resume(request: HttpRequest, batch_id: Id) -> HttpResponse:
    """Go on where a cancelled batch stopped. Safe to repeat."""
    _found(batch_id)
    services.resume(batch_id, user=holder_of(request).user)
    return as_json(represented(_found(batch_id)))


@router.post(
    "/{batch_id}/retry",
    auth=RETRIES,
    response=answers({200: RetryOut}, NOT_FOUND, *WITH_BODY),
    summary="Try failed texts again",
    operation_id="retry_batch",
)
def retry(request: HttpRequest, batch_id: Id, body: RetryIn) -> HttpResponse:
    """Send failed texts back to wait and give their number; send `{}` for all of them."""
    _found(batch_id)
    retried = services.retry_failed(batch_id, reason=body.reason, user=holder_of(request).user)
    return as_json({"retried": retried})


@router.delete(
    "/{batch_id}",
    auth=DELETES_BATCHES,
    response=answers({200: MessageOut}, NOT_FOUND),
    summary="Delete a batch",
    operation_id="delete_batch",
)
def delete(request: HttpRequest, batch_id: Id) -> HttpResponse:
    """Stop a batch and move it with its texts to the trash; a person can take it out again."""
    _found(batch_id)
    services.trash(batch_id, user=holder_of(request).user)
    return as_json({"message": _("Batch %(id)s was deleted.") % {"id": batch_id}})


def _found(batch_id: int) -> BatchAnalysis:
    try:
        return queries.get(batch_id)
    except BatchAnalysis.DoesNotExist as error:
        raise _missing(batch_id) from error


def _missing(batch_id: int) -> Http404:
    return Http404(_("There is no batch %(id)s.") % {"id": batch_id})
