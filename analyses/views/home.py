"""The home dashboard: how much there is, what goes on, what failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from analyses import choices
from analyses.charts.bars import Chart, DayCount, timeline
from analyses.choices import AnalysisStatus, AnalysisType
from analyses.queries import batches, dashboard
from analyses.queries.dashboard import Dashboard
from analyses.templatetags.formatting import number, score, tone
from analyses.views import links, pages, saved_views, score_charts

DAYS = 45
RUNNING_SHOWN = 5
REASONS_SHOWN = 6


@pages.requires("analyses.view_textanalysis")
def home(request: HttpRequest) -> HttpResponse:
    """Show the dashboard, or on a new site what to do first."""
    now = timezone.now()
    until = dashboard.last_day(days=DAYS, today=now.date())
    numbers = dashboard.dashboard(days=DAYS, today=until)
    running = batches.running(limit=RUNNING_SHOWN)
    progress = batches.progress_of(running, now=now)
    context = {
        "title": _("Home"),
        "days": DAYS,
        "until": until if until != now.date() else None,
        "is_empty": not numbers.total_count and not running,
        "kpis": _kpis(numbers),
        "types": _table(numbers),
        "statuses": AnalysisStatus.choices,
        "sentiment_chart": score_charts.score_histogram(numbers.sentiment_bins, AnalysisType.SENTIMENT),
        "sentiment_coverage": _sentiment_coverage(numbers),
        "days_chart": _days_chart(numbers),
        "running": [(batch, progress[batch.pk], _seconds_left(progress[batch.pk], now)) for batch in running],
        "batch_count": batches.count(),
        "pinned_views": saved_views.pinned(cast("User", request.user)),
        **_failures(numbers),
    }
    return pages.render_page(request, "analyses/home/page.html", context)


def _kpis(numbers: Dashboard) -> list[dict[str, str]]:
    sentiment = links.rows(analysis_type=AnalysisType.SENTIMENT.value, status=links.DONE)
    mean = numbers.sentiment_mean
    return [
        _kpi(number(numbers.analysed_count), _("texts analysed"), links.rows(status=links.DONE)),
        _kpi(number(numbers.waiting_count), _("waiting"), links.rows(status=links.WAITING)),
        _kpi(
            number(numbers.failed_count),
            _("failed"),
            links.rows(status=links.FAILED),
            "negative" if numbers.failed_count else "",
        ),
        _kpi(score(mean), _("mean sentiment"), sentiment, "" if mean is None else tone(mean)),
    ]


def _kpi(value: str, label: str, url: str, tone: str = "") -> dict[str, str]:
    return {"value": value, "label": label, "url": url, "tone": tone}


def _table(numbers: Dashboard) -> list[dict[str, Any]]:
    """Give a row for each type that has texts: a count and a link for each status, and the total."""
    rows = []
    for kind in AnalysisType:
        total = numbers.totals_by_type.get(kind, 0)
        if not total:
            continue
        cells = [_cell(numbers, kind, status) for status in AnalysisStatus]
        rows.append(
            {"label": kind.label, "cells": cells, "total": total, "url": links.rows(analysis_type=kind.value)}
        )
    return rows


def _cell(numbers: Dashboard, kind: AnalysisType, status: AnalysisStatus) -> dict[str, Any]:
    return {
        "label": status.label,
        "count": numbers.totals_by_type_status.get((kind, status), 0),
        "url": links.rows(analysis_type=kind.value, status=status.value),
    }


def _sentiment_coverage(numbers: Dashboard) -> str:
    kind = AnalysisType.SENTIMENT
    by_status = {status: numbers.totals_by_type_status.get((kind, status), 0) for status in AnalysisStatus}
    return _("Covers %(covered)s of %(total)s texts: %(waiting)s waiting, %(failed)s failed.") % {
        "covered": number(sum(numbers.sentiment_bins)),
        "total": number(sum(by_status.values())),
        "waiting": number(sum(by_status[status] for status in choices.WAITING_STATUSES)),
        "failed": number(by_status[AnalysisStatus.ERROR]),
    }


def _days_chart(numbers: Dashboard) -> Chart:
    return timeline(
        [DayCount(one.day, one.count, links.rows(**links.days(one.day, one.day))) for one in numbers.per_day]
    )


def _failures(numbers: Dashboard) -> dict[str, Any]:
    """Give the failures by reason; beyond 10,000 the newest are counted, and the page says so."""
    if not numbers.failed_count:
        return {"failures": [], "failures_cut": False}
    found = batches.latest_failures_by_reason(limit=REASONS_SHOWN)
    return {
        "failures": [
            (reason, count, links.rows(status=links.FAILED, error=reason)) for reason, count in found
        ],
        "failures_cut": numbers.failed_count > choices.LIST_MATCHES_MAX,
        "failures_limit": choices.LIST_MATCHES_MAX,
        "failed_count": numbers.failed_count,
        "failures_url": links.rows(status=links.FAILED),
    }


def _seconds_left(progress: batches.BatchProgress, now: datetime) -> float | None:
    return (progress.finish_at - now).total_seconds() if progress.finish_at else None
