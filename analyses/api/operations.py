"""Health and metrics for operators' programs; what monitors ask without a token is in `views.probes`."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from analyses import __version__
from analyses.api.answered import answers
from analyses.api.answers import as_json, problem
from analyses.api.bearer import OPERATES
from analyses.api.schemas import HealthOut, MetricsOut
from analyses.queries import health, metrics

router = Router(tags=["operations"], auth=OPERATES)


@router.get(
    "/metrics",
    response=answers({200: MetricsOut}),
    summary="Read the metrics",
    operation_id="read_metrics",
)
def read_metrics(request: HttpRequest) -> HttpResponse:
    """Give what all processes measured; `/metrics` has more, for Prometheus. For operators' tokens."""
    return as_json(metrics.performance_metrics())


@router.get(
    "/health",
    response=answers({200: HealthOut}),
    summary="Read the health",
    operation_id="read_health",
)
def read_health(request: HttpRequest) -> HttpResponse:
    """Tell how the site is, all figures with it. For operators' tokens; `/health` needs none and tells less.

    What is not healthy is answered with 503, and has the same figures beside its problem.
    """
    found = health.status()
    content = {
        "status": "healthy" if found.is_healthy else "unhealthy",
        "timestamp": timezone.now(),
        "version": __version__,
        "database": {
            "is_healthy": "database" not in found.details,
            "connection_count": found.connection_count,
            "pool_size": found.pool_size,
            "avg_query_time": found.avg_query_time,
        },
        "details": found.details,
        "performance": metrics.performance_metrics(),
    }
    if found.is_healthy:
        return as_json(content)
    detail = " ".join(found.details.values())
    return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, detail, **content)
