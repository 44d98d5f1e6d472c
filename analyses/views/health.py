"""The operators' page: one line for each part of the site, what it does in an hour, its slowest statements."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analyses import measuring
from analyses.charts import bars
from analyses.charts.bars import Chart
from analyses.measuring import Figure, Kind
from analyses.queries import health, metrics, shared_cache, site_state
from analyses.queries.metrics import Minute
from analyses.services import checking
from analyses.templatetags.formatting import duration_ms, number, percent
from analyses.views import links, pages

LATE = timedelta(minutes=15)
DISK_LOW_SHARE = 0.05
DISK_LOW_BYTES = 1024**3
DISK_FULL_BYTES = 200 * 1024**2
MEMORY_LOW_SHARE = 0.05
P95 = 0.95
SOURCES_SHOWN = 10


class State(TextChoices):
    """How a part fares."""

    GOOD = "done", _("good")
    OFF = "", _("off")
    WARNING = "warn", _("look")
    BAD = "fail", _("down")


@dataclass(frozen=True)
class Part:
    """One line: how a part fares, in figures, since when, what went wrong last and what to do next."""

    name: str
    state: State
    facts: str
    since: datetime | None = None
    error: str = ""
    advice: str = ""
    url: str = ""


@pages.requires("analyses.view_worker")
def health_page(request: HttpRequest) -> HttpResponse:
    """Show all parts; `?check=data` compares every counter with its rows, which may take a while."""
    now = timezone.now()
    parts = list(_parts(now))
    hour = metrics.last_hour(now=now) if settings.ENABLE_METRICS else []
    total = metrics.totals()
    context = {
        "title": _("Health"),
        "parts": parts,
        "troubled": [part for part in parts if part.state in (State.BAD, State.WARNING)],
        "charts": list(_charts(hour)) if hour else [],
        "is_measured": settings.ENABLE_METRICS,
        "statements": _sources(total.by_source(Kind.STATEMENT)),
        "requests": _sources(total.by_source(Kind.REQUEST)),
        "slowest": [(one, _moment(one.at)) for one in total.slowest],
        "checks": list(checking.check_data()) if request.GET.get("check") == "data" else None,
    }
    return pages.render_page(request, "analyses/health/page.html", context)


def _parts(now: datetime) -> Iterator[Part]:
    yield _web()
    status = health.status()
    yield _database(status)
    yield _migrations(status)
    yield _cache()
    yield from _work(now)
    yield _disk()
    yield _memory()


def _web() -> Part:
    started = timezone.now() - timedelta(seconds=time.monotonic() - measuring.STARTED)
    facts = _("process %(pid)s answered this page") % {"pid": os.getpid()}
    return Part(_("Web"), State.GOOD, facts, since=started)


def _database(status: health.HealthStatus) -> Part:
    facts = [f"{connection.display_name}, {duration_ms(status.avg_query_time)}"]
    if status.pool_size:
        used = {"open": status.connection_count, "most": status.pool_size}
        facts.append(_("%(open)s of %(most)s connections open") % used)
    failed = _("%(share)s of this process's last checks failed.") % {"share": percent(status.error_rate)}
    error = failed if status.error_rate else ""
    if "database" not in status.details:
        return Part(_("Database"), State.GOOD, " · ".join(facts), error=error)
    advice = _("Look at the database server and its log; docs/troubleshooting.md says more.")
    return Part(_("Database"), State.BAD, status.details["database"], error=error, advice=advice)


def _migrations(status: health.HealthStatus) -> Part:
    if "migrations" in status.details:
        advice = _("Run `manage.py migrate`, then restart the web processes and workers.")
        return Part(_("Migrations"), State.BAD, _("some are pending"), advice=advice)
    return Part(_("Migrations"), State.GOOD, _("none pending"))


def _cache() -> Part:
    if not shared_cache.is_enabled():
        advice = _("Set REDIS_URL to keep single analyses in Redis; everything works without.")
        return Part(_("Cache"), State.OFF, _("nothing is cached"), advice=advice)
    traffic = shared_cache.traffic()
    if traffic is None:
        advice = _("Start Redis again; until then every read asks the database.")
        return Part(_("Cache"), State.WARNING, _("Redis does not answer"), advice=advice)
    facts = _("%(hits)s hits, %(misses)s misses (%(rate)s found), %(size)s kept") % {
        "hits": number(traffic.hits),
        "misses": number(traffic.misses),
        "rate": percent(traffic.hit_rate),
        "size": number(traffic.size),
    }
    return Part(_("Cache"), State.GOOD, facts)


def _work(now: datetime) -> Iterator[Part]:
    queue = site_state.queue()
    found = site_state.worker_states(now=now)
    yield _queue(queue, now, is_worked_on=any(one.is_alive for one in found))
    for one in found:
        yield _worker(one)
    if not found:
        state = State.BAD if queue.waiting_rows or queue.queued else State.WARNING
        yield Part(_("Workers"), state, _("none is running"), advice=_start_a_worker())


def _queue(queue: site_state.QueueState, now: datetime, *, is_worked_on: bool) -> Part:
    rows = ngettext("%(count)s row waits", "%(count)s rows wait", queue.waiting_rows)
    facts = _("%(rows)s; jobs: %(queued)s wait, %(running)s run") % {
        "rows": rows % {"count": number(queue.waiting_rows)},
        "queued": number(queue.queued),
        "running": number(queue.running),
    }
    is_late = queue.waiting_since is not None and now - queue.waiting_since > LATE
    error = ""
    if queue.last_error:
        error = _("Job %(id)s: %(error)s") % {"id": queue.last_error_job, "error": queue.last_error}
    state, advice = State.GOOD, ""
    if is_late and not is_worked_on:
        state, advice = State.BAD, _start_a_worker()
    elif is_late:
        state, advice = State.WARNING, _("Start more workers, or wait: the oldest goes first.")
    return Part(
        _("Queue"),
        state,
        facts,
        since=queue.waiting_since,
        error=error,
        advice=advice,
        url=links.rows(status=links.WAITING) if queue.waiting_rows else "",
    )


def _worker(one: site_state.WorkerState) -> Part:
    name = _("Worker %(name)s") % {"name": one.name}
    if not one.is_alive:
        advice = _("Its job goes to another worker when its lease ends; start one again.")
        facts = _("was heard of last:")
        return Part(name, State.BAD, facts, since=one.heartbeat_at, error=one.last_error, advice=advice)
    facts = _("waits for work")
    if one.job_id:
        facts = _("job %(id)s: %(kind)s") % {"id": one.job_id, "kind": one.job_kind}
    return Part(name, State.GOOD, facts, since=one.started_at, error=one.last_error)


def _start_a_worker() -> str:
    return _("Start a worker: `manage.py run_worker`.")


def _disk() -> Part:
    found = site_state.disk()
    facts = _("%(free)s of %(total)s free; uploaded files take %(spool)s") % {
        "free": filesizeformat(found.free),
        "total": filesizeformat(found.total),
        "spool": filesizeformat(found.spool),
    }
    if found.free < DISK_FULL_BYTES:
        return Part(_("Disk"), State.BAD, facts, advice=_("Make room now: uploads and logs fail soon."))
    if found.free < max(DISK_LOW_BYTES, DISK_LOW_SHARE * found.total):
        return Part(_("Disk"), State.WARNING, facts, advice=_("Make room."))
    return Part(_("Disk"), State.GOOD, facts)


def _memory() -> Part:
    found = site_state.memory()
    facts = _("%(available)s of %(total)s available; this process takes %(process)s") % {
        "available": filesizeformat(found.available),
        "total": filesizeformat(found.total),
        "process": filesizeformat(found.process),
    }
    if found.available < MEMORY_LOW_SHARE * found.total:
        advice = _(
            "Stop a worker or give the machine more memory: the system ends processes when it is used up."
        )
        return Part(_("Memory"), State.WARNING, facts, advice=advice)
    return Part(_("Memory"), State.GOOD, facts)


def _charts(hour: Sequence[Minute]) -> Iterator[tuple[str, str, Chart]]:
    """Draw the last hour: title, unit, chart."""
    for kind, title, unit in (
        (Kind.REQUEST, _("Requests"), _("requests")),
        (Kind.STATEMENT, _("Statements"), _("statements")),
    ):
        yield _("%(what)s a minute") % {"what": title}, unit, _chart(hour, kind, lambda one: one.count)
        latency = _chart(hour, kind, lambda one: one.quantile_ms(P95))
        yield _("%(what)s: 95 %% took less") % {"what": title}, _("ms"), latency
    yield _("Failed requests a minute"), _("requests"), _chart(hour, Kind.REQUEST, lambda one: one.failed)
    yield _("Texts analysed a minute"), _("texts"), _chart(hour, Kind.TEXT, lambda one: one.count)


def _chart(hour: Sequence[Minute], kind: Kind, measure: Callable[[Figure], float]) -> Chart:
    values = [
        (f"{timezone.localtime(minute.starts_at):%H:%M}", measure(minute.measured.of(kind)))
        for minute in hour
    ]
    return bars.series(values, width=360, height=112)


def _sources(by_source: dict[str, Figure]) -> list[tuple[str, Figure, float]]:
    """Give the sources that took most time in all, with the time that 95 % stay below."""
    ranked = sorted(by_source.items(), key=lambda item: -item[1].total_ms)[:SOURCES_SHOWN]
    return [(source, figure, figure.quantile_ms(P95)) for source, figure in ranked]


def _moment(posix_seconds: float) -> datetime:
    return datetime.fromtimestamp(posix_seconds, tz=timezone.get_current_timezone())
