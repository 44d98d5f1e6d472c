"""Analyses: post a text, read, list, update, correct, delete."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from analyses.api import filters, repeats
from analyses.api.answered import CONFLICT, NOT_FOUND, WITH_BODY, answers
from analyses.api.answers import as_json
from analyses.api.bearer import DELETES, INGESTS, READS, READS_ONE, REVIEWS, analysis_of, holder_of
from analyses.api.schemas import (
    AnalysisIn,
    AnalysisListOut,
    AnalysisOut,
    AnalysisType,
    AnalysisUpdateIn,
    CorrectionIn,
    Id,
    MessageOut,
    TextHash,
)
from analyses.choices import RESULT_FIELD_BY_TYPE
from analyses.models import TextAnalysis
from analyses.queries import analyses as queries
from analyses.services import analyses as services

router = Router(tags=["analyses"], by_alias=True)

FIELDS = tuple(field.alias or name for name, field in AnalysisOut.model_fields.items())


def represented(row: TextAnalysis) -> dict[str, Any]:
    """Give an analysis as its answer has it."""
    return {name: getattr(row, name) for name in FIELDS}


@router.post(
    "",
    auth=INGESTS,
    response=answers({201: AnalysisOut, 200: AnalysisOut}, CONFLICT, *WITH_BODY),
    summary="Post a text",
    operation_id="create_analysis",
    openapi_extra={"parameters": [repeats.PARAMETER]},
)
def create(request: HttpRequest, body: AnalysisIn) -> HttpResponse:
    """Create a pending analysis: 201; 200 with the one that exists for this text, type and tier. Safe to repeat."""

    def work() -> tuple[int, Any]:
        row, is_new = services.create(
            text_content=body.text_content,
            analysis_type=body.analysis_type,
            optimization_tier=body.optimization_tier,
            model_config=body.settings,
            user=holder_of(request).user,
        )
        return HTTPStatus.CREATED if is_new else HTTPStatus.OK, represented(row)

    return repeats.answered_once(request, work)


@router.get(
    "",
    auth=READS,
    response=answers({200: AnalysisListOut}),
    summary="List analyses",
    operation_id="list_analyses",
    openapi_extra={"parameters": filters.list_parameters()},
)
def list_(request: HttpRequest) -> HttpResponse:
    """List by page and size within the first 10,000 matches, or by key (`after`) however far; Explore's filters."""
    found = filters.read_list(request.GET, reader=holder_of(request).user)
    return as_json({**found.place, "items": [represented(row) for row in found.rows]})


@router.get(
    "/{analysis_id}",
    auth=READS_ONE,
    response=answers({200: AnalysisOut}, NOT_FOUND),
    summary="Read an analysis",
    operation_id="get_analysis",
)
def get(request: HttpRequest, analysis_id: Id) -> HttpResponse:
    """Give one analysis."""
    values = analysis_of(request)
    if values is None:
        raise _missing(analysis_id)
    return as_json({name: values[name] for name in FIELDS})


@router.get(
    "/by-hash/{text_hash}",
    auth=READS,
    response=answers({200: AnalysisOut}, NOT_FOUND),
    summary="Read the analysis of a text",
    operation_id="get_analysis_by_hash",
)
def get_by_hash(
    request: HttpRequest, text_hash: TextHash, analysis_type: Annotated[AnalysisType, Query()]
) -> HttpResponse:
    """Give the analysis of a text by the SHA-256 of its UTF-8: the one posted singly, else the newest row."""
    row = queries.find_by_hash(text_hash, analysis_type)
    if row is None:
        raise Http404(_("There is no analysis of this text and type."))
    return as_json(represented(row))


@router.patch(
    "/{analysis_id}",
    auth=INGESTS,
    response=answers({200: AnalysisOut}, NOT_FOUND, *WITH_BODY),
    summary="Update some fields",
    operation_id="patch_analysis",
)
def patch(request: HttpRequest, analysis_id: Id, body: AnalysisUpdateIn) -> HttpResponse:
    """Write the fields that are sent and no other; a field sent as null is cleared."""
    values = body.model_dump(exclude_unset=True)
    return _answer(services.update(analysis_id, values, user=holder_of(request).user), analysis_id)


@router.put(
    "/{analysis_id}",
    auth=INGESTS,
    response=answers({200: AnalysisOut}, NOT_FOUND, *WITH_BODY),
    summary="Update some fields (the same as PATCH)",
    operation_id="update_analysis",
)
def put(request: HttpRequest, analysis_id: Id, body: AnalysisUpdateIn) -> HttpResponse:
    """Write the fields that are sent and no other, as documented for PUT."""
    return patch(request, analysis_id, body)


@router.delete(
    "/{analysis_id}",
    auth=DELETES,
    response=answers({200: MessageOut}, NOT_FOUND),
    summary="Delete an analysis",
    operation_id="delete_analysis",
)
def delete(request: HttpRequest, analysis_id: Id) -> HttpResponse:
    """Move an analysis to the trash, where nothing finds it; a person can take it out again."""
    if not services.delete(analysis_id, user=holder_of(request).user):
        raise _missing(analysis_id)
    return as_json({"message": _("Analysis %(id)s was deleted.") % {"id": analysis_id}})


@router.put(
    "/{analysis_id}/correction",
    auth=REVIEWS,
    response=answers({200: AnalysisOut}, NOT_FOUND, *WITH_BODY),
    summary="Correct the result",
    operation_id="correct_analysis",
)
def correct(request: HttpRequest, analysis_id: Id, body: CorrectionIn) -> HttpResponse:
    """Put a person's value in force; the model's stays beside it. The model's own value withdraws a correction."""
    field = RESULT_FIELD_BY_TYPE[_found(analysis_id).analysis_type]
    user = holder_of(request).user
    row = services.correct(analysis_id, values={field: body.value}, reason=body.reason, user=user)
    return as_json(represented(row))


@router.delete(
    "/{analysis_id}/correction",
    auth=REVIEWS,
    response=answers({200: AnalysisOut}, NOT_FOUND),
    summary="Withdraw a correction",
    operation_id="withdraw_correction",
)
def withdraw_correction(request: HttpRequest, analysis_id: Id) -> HttpResponse:
    """Put the model's value back in force."""
    field = RESULT_FIELD_BY_TYPE[_found(analysis_id).analysis_type]
    row = services.withdraw_correction(analysis_id, field=field, user=holder_of(request).user)
    return as_json(represented(row))


def _found(analysis_id: int) -> TextAnalysis:
    row = queries.find(analysis_id)
    if row is None:
        raise _missing(analysis_id)
    return row


def _answer(row: TextAnalysis | None, analysis_id: int) -> HttpResponse:
    if row is None:
        raise _missing(analysis_id)
    return as_json(represented(row))


def _missing(analysis_id: int) -> Http404:
    return Http404(_("There is no analysis %(id)s.") % {"id": analysis_id})
