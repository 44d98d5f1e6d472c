"""The invariants that hold after any fault: batch sizes, one result a line, no lost job, imports, rollup."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Count, DateTimeField, ExpressionWrapper, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from analyses.choices import DONE_STATUSES, WAITING_STATUSES, AnalysisStatus, ImportState, JobState
from analyses.models import BatchAnalysis, Import, Job, TextAnalysis

SHOWN_MAX = 20


def batch_problems() -> list[str]:
    """Compare each live batch's counters with its rows by state (I1). Two queries."""
    rows = (
        TextAnalysis.objects.live()
        .filter(batch_analysis__isnull=False)
        .values("batch_analysis_id")
        .annotate(
            size=Count("id"),
            done=Count("id", filter=Q(status__in=DONE_STATUSES)),
            failed=Count("id", filter=Q(status=AnalysisStatus.ERROR)),
            waiting=Count("id", filter=Q(status__in=WAITING_STATUSES)),
        )
        .order_by()
    )
    counted = {row["batch_analysis_id"]: row for row in rows}
    problems = []
    for batch in BatchAnalysis.objects.live().with_rows_here():
        row = counted.get(batch.pk, {"size": 0, "done": 0, "failed": 0, "waiting": 0})
        kept = (batch.batch_size, batch.completed_count, batch.error_count, batch.waiting_count)
        found = (row["size"], row["done"], row["failed"], row["waiting"])
        if kept != found:
            problems.append(
                _("Batch %(id)s says size, done, failed, waiting %(kept)s; its rows say %(found)s.")
                % {"id": batch.pk, "kept": kept, "found": found}
            )
    return problems


def line_problems() -> list[str]:
    """Find lines with more than one result in a batch (I2). One query."""
    twice = (
        TextAnalysis.objects.filter(batch_analysis__isnull=False, line_number__isnull=False)
        .values("batch_analysis_id", "line_number")
        .annotate(count=Count("id"))
        .filter(count__gt=1)
        .order_by()[:SHOWN_MAX]
    )
    return [
        _("Batch %(batch)s has line %(line)s %(count)s times.")
        % {"batch": row["batch_analysis_id"], "line": row["line_number"], "count": row["count"]}
        for row in twice
    ]


def job_problems() -> list[str]:
    """Find jobs past their lease that nobody took back (I3): late by a whole further lease. One query."""
    long_ago = ExpressionWrapper(
        Now() - Value(timedelta(seconds=settings.LEASE_SECONDS)), output_field=DateTimeField()
    )
    late = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=long_ago)
    return [
        _("Job %(id)s is past its lease; no worker takes it back. Start one with `manage.py run_worker`.")
        % {"id": pk}
        for pk in late.values_list("pk", flat=True)[:SHOWN_MAX]
    ]


def import_problems() -> list[str]:
    """Compare each finished import's accepted and rejected lines with the rows kept. Three queries."""
    problems = []
    rows = (
        TextAnalysis.objects.filter(batch_analysis__source_import__isnull=False)
        .values("batch_analysis__source_import", "batch_analysis_id")
        .annotate(count=Count("id"))
        .order_by()
    )
    by_import: dict[int, set[int]] = {}
    for row in rows:
        by_import.setdefault(row["batch_analysis__source_import"], set()).add(row["count"])
    finished = Import.objects.filter(state=ImportState.COMPLETED).annotate(kept=Count("rejected_lines"))
    for record in finished:
        counts = by_import.get(record.pk, {0})
        if counts != {record.accepted_count} and record.batches.exists():
            problems.append(
                _("Import %(id)s accepted %(count)s lines; its batches hold %(found)s.")
                % {"id": record.pk, "count": record.accepted_count, "found": sorted(counts)}
            )
        if record.kept != record.rejected_count:
            problems.append(
                _("Import %(id)s rejected %(count)s lines; %(found)s are kept.")
                % {"id": record.pk, "count": record.rejected_count, "found": record.kept}
            )
    return problems


def unfinished_work_problems() -> list[str]:
    """Find batches that wait for work nobody will do: no open job, not cancelled. Two queries."""
    open_jobs = Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING))
    waiting = (
        BatchAnalysis.objects.running()
        .with_rows_here()
        .filter(batch_size__gt=0)
        .exclude(pk__in=open_jobs.filter(batch__isnull=False).values("batch_id"))
        .exclude(
            source_import_id__in=open_jobs.filter(source_import__isnull=False).values("source_import_id")
        )
    )
    return [
        _("Batch %(id)s has %(count)s rows that wait, and no job for them.")
        % {"id": batch.pk, "count": batch.waiting_count}
        for batch in waiting
    ]
