"""The table of exports as people and programs see it: their own, or everybody's, with a manifest each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from analyses import choices
from analyses.choices import ExportState, JobState
from analyses.models import Export

# A download lasts as long as its reader takes, but not so long: then its server died.
STREAM_HOURS_MAX = 12


@dataclass(frozen=True)
class Page:
    """Some exports, newest first; `older_than` leads on, None where there are no more."""

    rows: list[Export]
    older_than: int | None


def visible_to(user: User) -> QuerySet[Export]:
    """Give a person's own exports, and all of them to who looks after the site."""
    return everybodys() if user.has_perm("analyses.view_worker") else owned_by(user.pk)


def everybodys() -> QuerySet[Export]:
    """Give all exports."""
    return Export.objects.select_related("created_by", "job")


def owned_by(user_id: int) -> QuerySet[Export]:
    """Give a person's own exports."""
    return everybodys().filter(created_by=user_id)


def newest(exports: QuerySet[Export], *, older_than: int | None = None) -> Page:
    """Give a page, newest first, in one query."""
    if older_than is not None:
        exports = exports.filter(pk__lt=older_than)
    found = list(exports.order_by("-id")[: choices.PAGE_ROWS + 1])
    rows = found[: choices.PAGE_ROWS]
    return Page(rows, rows[-1].pk if len(found) > len(rows) else None)


def state_of(export: Export) -> ExportState:
    """Say where an export stands: one whose run was handed back waits, a download that never ended is broken."""
    if export.state == ExportState.RUNNING:
        if export.job is not None and export.job.state == JobState.QUEUED:
            return ExportState.QUEUED
        if export.job is None and export.created_at < timezone.now() - timedelta(hours=STREAM_HOURS_MAX):
            return ExportState.FAILED
    return ExportState(export.state)


def manifest(export: Export) -> dict[str, Any]:
    """Say what is in an export's file and how it can be checked: `sha256sum FILE`."""
    return {
        "id": export.pk,
        "file": export.file_name,
        "format": export.file_format,
        "state": state_of(export).value,
        "filter": export.filter,
        "sort": export.sort,
        "columns": export.columns,
        "zone": export.zone,
        "exported_by": export.created_by.get_username() if export.created_by else None,
        "asked_at": export.created_at,
        "as_of": export.as_of,
        "finished_at": export.finished_at,
        "expires_at": export.expires_at if export.stored_name else None,
        "promised_rows": export.promised_count,
        "rows": export.row_count,
        "bytes": export.size_bytes,
        "sha256": export.sha256 or None,
        "error": export.error_message or None,
    }
