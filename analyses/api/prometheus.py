"""Metrics for Prometheus, in its text format."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from ninja.errors import AuthenticationError, HttpError
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from analyses import measuring
from analyses.api.bearer import OPERATES
from analyses.exceptions import DatabaseError
from analyses.measuring import Figure, Kind
from analyses.queries import driver_errors, health, metrics, shared_cache, site_state

# A bound for each power of two from an eighth of a millisecond to two minutes.
BUCKETS = range(
    -3 * measuring.BUCKETS_A_DOUBLING, 17 * measuring.BUCKETS_A_DOUBLING + 1, measuring.BUCKETS_A_DOUBLING
)
MS_A_SECOND = 1000.0


@require_GET
def prometheus(request: HttpRequest) -> HttpResponse:
    """Show all figures to operators and to programs with an operator's token."""
    try:
        if not (request.user.has_perm("analyses.view_worker") or OPERATES(request)):
            raise AuthenticationError
    except HttpError as error:
        refusal = HttpResponse(
            f"{error}\n", status=error.status_code, content_type="text/plain; charset=utf-8"
        )
        refusal.headers["WWW-Authenticate"] = "Bearer"
        for name, value in getattr(error, "headers", {}).items():
            refusal.headers[name] = value
        return refusal
    registry = CollectorRegistry()
    registry.register(SiteCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class SiteCollector(Collector):
    """What every process measured, and how the parts fare; a part that does not answer leaves its figures out."""

    def collect(self) -> Iterator[Metric]:
        """Give the families of metrics, times in seconds."""
        total = metrics.totals()
        yield from _family("request", "Requests by page.", "page", total.by_source(Kind.REQUEST))
        yield from _family(
            "statement", "Statements by page or job.", "source", total.by_source(Kind.STATEMENT)
        )
        yield from _texts(total.by_source(Kind.TEXT))
        yield _health()
        yield from _cache()
        yield from _machine()
        try:
            yield from _work()
        except DatabaseError:
            return


def _family(name: str, help_text: str, label: str, by_source: dict[str, Figure]) -> Iterator[Metric]:
    counter = CounterMetricFamily(f"nlpadmin_{name}s", help_text, labels=[label, "outcome"])
    together = Figure()
    for source, figure in by_source.items():
        counter.add_metric([source, "success"], figure.succeeded)
        counter.add_metric([source, "failure"], figure.failed)
        together.merge(figure)
    yield counter
    seconds = CounterMetricFamily(
        f"nlpadmin_{name}_seconds_by_{label}", f"Time in all. {help_text}", labels=[label]
    )
    for source, figure in by_source.items():
        seconds.add_metric([source], figure.total_ms / MS_A_SECOND)
    yield seconds
    histogram = HistogramMetricFamily(f"nlpadmin_{name}_seconds", f"Duration of a {name}.")
    histogram.add_metric([], buckets=list(_buckets(together)), sum_value=together.total_ms / MS_A_SECOND)
    yield histogram


def _buckets(figure: Figure) -> Iterator[tuple[str, float]]:
    """Give each bound in seconds with how many stay below, as Prometheus wants it."""
    for bound in BUCKETS:
        count = sum(number for bucket, number in figure.buckets.items() if bucket <= bound)
        yield str(measuring.bound_ms(bound) / MS_A_SECOND), count
    yield "+Inf", sum(figure.buckets.values())


def _texts(by_type: dict[str, Figure]) -> Iterator[Metric]:
    texts = CounterMetricFamily(
        "nlpadmin_texts", "Texts that engines were asked about.", labels=["type", "outcome"]
    )
    seconds = CounterMetricFamily("nlpadmin_text_seconds", "Time of engines.", labels=["type"])
    for analysis_type, figure in by_type.items():
        texts.add_metric([analysis_type, "success"], figure.succeeded)
        texts.add_metric([analysis_type, "failure"], figure.failed)
        seconds.add_metric([analysis_type], figure.total_ms / MS_A_SECOND)
    yield texts
    yield seconds


def _health() -> Metric:
    up = GaugeMetricFamily("nlpadmin_up", "1 where a part of the site does its work.", labels=["part"])
    absent = health.status().details
    for part in health.DETAILS:
        up.add_metric([part], part not in absent)
    return up


def _cache() -> Iterator[Metric]:
    traffic = shared_cache.traffic()
    if traffic is None:
        return
    found: tuple[tuple[str, str, int, Callable[..., Metric]], ...] = (
        ("nlpadmin_cache_hits", "Reads that Redis answered.", traffic.hits, CounterMetricFamily),
        ("nlpadmin_cache_misses", "Reads that the database answered.", traffic.misses, CounterMetricFamily),
        ("nlpadmin_cache_size", "Analyses kept in Redis.", traffic.size, GaugeMetricFamily),
    )
    for name, help_text, value, family in found:
        yield family(name, help_text, value=value)


def _machine() -> Iterator[Metric]:
    disk, memory = site_state.disk(), site_state.memory()
    yield GaugeMetricFamily("nlpadmin_disk_free_bytes", "Free on the disk of VAR_DIR.", value=disk.free)
    yield GaugeMetricFamily("nlpadmin_spool_bytes", "Uploaded files that still lie there.", value=disk.spool)
    yield GaugeMetricFamily(
        "nlpadmin_resident_memory_bytes", "Of the process that answered.", value=memory.process
    )


def _work() -> Iterator[Metric]:
    now = timezone.now()
    queue, workers = _ask()
    since = queue.waiting_since
    age_seconds = (now - since).total_seconds() if since else 0.0
    yield GaugeMetricFamily("nlpadmin_jobs_queued", "Jobs that wait.", value=queue.queued)
    yield GaugeMetricFamily("nlpadmin_jobs_running", "Jobs that run.", value=queue.running)
    yield GaugeMetricFamily("nlpadmin_rows_waiting", "Rows without an answer.", value=queue.waiting_rows)
    yield GaugeMetricFamily(
        "nlpadmin_oldest_waiting_seconds", "Age of the oldest that waits.", value=age_seconds
    )
    alive = [one for one in workers if one.is_alive]
    yield GaugeMetricFamily("nlpadmin_workers_alive", "Workers heard of in 15 s.", value=len(alive))
    heard = GaugeMetricFamily(
        "nlpadmin_worker_heartbeat_age_seconds", "Since each was heard of.", labels=["worker"]
    )
    for one in workers:
        heard.add_metric([one.name], (now - one.heartbeat_at).total_seconds())
    yield heard


@driver_errors.reading("read queue and workers")
def _ask() -> tuple[site_state.QueueState, list[site_state.WorkerState]]:
    return site_state.queue(), site_state.worker_states()
