"""Engines: which there are, and work for those that run elsewhere."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from analyses.api import repeats
from analyses.api.answered import CONFLICT, WITH_BODY, answers
from analyses.api.answers import as_json
from analyses.api.bearer import INGESTS, INGESTS_MANY, READS, holder_of
from analyses.api.schemas import (
    ClaimIn,
    ClaimOut,
    EngineListOut,
    HeldIn,
    Id,
    MessageOut,
    ResultsIn,
    StoredOut,
)
from analyses.engines import registry
from analyses.services import external_work
from analyses.services.external_work import Work

router = Router(tags=["engines"])


@router.get(
    "",
    auth=READS,
    response=answers({200: EngineListOut}),
    summary="List engines",
    operation_id="list_engines",
)
def list_(request: HttpRequest) -> HttpResponse:
    """List every type and tier that can be asked for, and what answers it."""
    items = [
        {
            "analysis_type": one.analysis_type.value,
            "optimization_tier": one.tier.value,
            "model_used": one.facts.model_used,
            "languages": one.facts.languages,
            "is_external": one.facts.is_external,
        }
        for one in registry.installed()
    ]
    return as_json({"items": items})


@router.post(
    "/claims",
    auth=INGESTS,
    response=answers({200: ClaimOut, 204: None}, *WITH_BODY),
    summary="Claim texts for an external engine",
    operation_id="claim_texts",
)
def claim(request: HttpRequest, body: ClaimIn) -> HttpResponse:
    """Take up to 500 waiting texts of a type and tier that ULTRA_ENGINES names external; 204 when none waits.

    Nobody else gets them until the lease ends; what is not answered by then is handed out again.
    """
    work = external_work.claim(
        analysis_type=body.analysis_type,
        optimization_tier=body.optimization_tier,
        engine=f"API token {holder_of(request).token_id}",
        batch_id=body.batch_id,
    )
    return HttpResponse(status=HTTPStatus.NO_CONTENT) if work is None else as_json(_represented(work))


def _represented(work: Work) -> dict[str, Any]:
    return {
        "id": work.claim.job_id,
        "token": work.claim.token,
        "lease_seconds": float(settings.LEASE_SECONDS),
        "batch_id": work.claim.batch_id,
        "texts": [{"id": row.pk, "text_content": row.text_content} for row in work.rows],
    }


@router.post(
    "/claims/{claim_id}/results",
    auth=INGESTS_MANY,
    response=answers({200: StoredOut}, CONFLICT, *WITH_BODY),
    summary="Post results",
    operation_id="post_results",
    openapi_extra={"parameters": [repeats.PARAMETER]},
)
def post_results(request: HttpRequest, claim_id: Id, body: ResultsIn) -> HttpResponse:
    """Store results of some or all texts of a claim; all of them or, when one is not allowed, none.

    409 when the lease ended and the texts were handed out again, or the batch was cancelled: nothing is stored then.
    """

    def work() -> tuple[int, Any]:
        found = external_work.store(
            claim_id,
            body.token,
            [one.model_dump() for one in body.results],
            model_used=body.model_used,
        )
        content = {"stored": found.stored, "left_alone": found.left_alone, "waiting": found.waiting}
        return HTTPStatus.OK, content

    return repeats.answered_once(request, work)


@router.post(
    "/claims/{claim_id}/renew",
    auth=INGESTS,
    response=answers({200: MessageOut}, CONFLICT, *WITH_BODY),
    summary="Renew a claim",
    operation_id="renew_claim",
)
def renew(request: HttpRequest, claim_id: Id, body: HeldIn) -> HttpResponse:
    """Begin the lease anew; 409 when it ended and the texts were handed out again."""
    external_work.hold(claim_id, body.token)
    return as_json({"message": _("The lease begins anew.")})


@router.post(
    "/claims/{claim_id}/release",
    auth=INGESTS,
    response=answers({200: MessageOut}, CONFLICT, *WITH_BODY),
    summary="Give a claim back",
    operation_id="release_claim",
)
def release(request: HttpRequest, claim_id: Id, body: HeldIn) -> HttpResponse:
    """Hand the texts back for others to claim."""
    external_work.release(claim_id, body.token)
    return as_json({"message": _("The texts wait for the next engine.")})
