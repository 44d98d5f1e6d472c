"""The shell around every page: who may enter, the sidebar, and the notice that a batch is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analyses.choices import DATE_BOUNDS, Role
from analyses.queries import people, shell
from analyses.templatetags.formatting import compact, number

# A batch is announced this long after it finished: by then its transaction is over on every database.
ANNOUNCED_AFTER = timedelta(seconds=2)
NOTICES_MAX = 5
NOTES_LENGTH_MAX = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the sidebar; `key` names its note, `also` further paths of which it is the head."""

    key: str
    label: str
    route: str
    permission: str = ""
    also: tuple[str, ...] = ()


def may_enter(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether somebody is active and holds a role (or is a superuser), in one query a request."""
    if not user.is_active:
        return False
    account = cast("User", user)
    return account.is_superuser or not people.reader(account).groups.isdisjoint(Role.values)


def shell_context(request: HttpRequest) -> dict[str, Any]:
    """Give the templates their `shell`; empty for whoever may not enter, so that the login stands alone."""
    if not may_enter(request.user):
        return {"shell": {}}
    news = shell.news()
    notes = _notes(news)
    return {
        "shell": {
            "groups": [
                {"title": title, "entries": _shown(request, entries, notes)} for title, entries in _groups()
            ],
            "person": request.user.get_full_name() or request.user.get_username(),  # type: ignore[union-attr]
            "zone": timezone.get_current_timezone_name(),
            "theme": _theme(request.user),
            "poll_url": _poll_url(news, notes),
        }
    }


def shell_state(request: HttpRequest) -> HttpResponse:
    """Answer a poll: 204 when there is no news since `since`, else notices and the sidebar's new notes."""
    since = _moment(request.GET.get("since", ""))
    if since is None:
        return HttpResponseBadRequest(_("“since” must be an ISO time with its zone."))
    news = shell.news()
    notes = _notes(news)
    finished = [
        batch for batch in news.finished if since < batch.finished_at <= news.taken_at - ANNOUNCED_AFTER
    ]
    if not finished and request.GET.get("notes", "")[:NOTES_LENGTH_MAX] == _fingerprint(notes):
        return HttpResponse(status=204)
    context = {
        "notices": [_notice(batch) for batch in finished[-NOTICES_MAX:]],
        "notes": notes,
        "shell": {"poll_url": _poll_url(news, notes)},
        "oob": True,
    }
    return render(request, "analyses/_shell_news.html", context)


def _groups() -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    return (
        (
            _("Results"),
            (
                Entry("home", _("Home"), "index"),
                Entry("explore", _("Explore"), "explore_start", "analyses.view_textanalysis", ("explore/",)),
                Entry("compare", _("Compare"), "compare", "analyses.view_textanalysis"),
                Entry("saved_views", _("Saved views"), "saved_views", "analyses.view_textanalysis"),
                Entry("batches", _("Batches"), "batches", "analyses.view_batchanalysis"),
                Entry("models", _("Models"), "models", "analyses.view_modelperformance"),
                Entry("try", _("Try one text"), "try_text", "analyses.view_textanalysis"),
            ),
        ),
        (
            _("Records"),
            (
                Entry(
                    "analyses",
                    _("Text analyses"),
                    "analyses_textanalysis_changelist",
                    "analyses.view_textanalysis",
                ),
                Entry(
                    "batch_records",
                    _("Batch analyses"),
                    "analyses_batchanalysis_changelist",
                    "analyses.view_batchanalysis",
                ),
                Entry(
                    "imports",
                    _("Imports"),
                    "analyses_import_changelist",
                    "analyses.view_import",
                    ("imports/",),
                ),
                Entry("exports", _("Exports"), "exports", "analyses.export_textanalysis"),
            ),
        ),
        (
            _("System"),
            (
                Entry("health", _("Health"), "health", "analyses.view_worker"),
                Entry("people", _("People"), "people", "auth.view_user"),
                Entry("tokens", _("API tokens"), "tokens", "analyses.view_textanalysis"),
                Entry("profile", _("Profile"), "profile"),
            ),
        ),
    )


def _shown(request: HttpRequest, entries: tuple[Entry, ...], notes: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "key": entry.key,
            "label": entry.label,
            "url": reverse(f"admin:{entry.route}"),
            "current": _is_current(request.path, entry),
            "note": notes.get(entry.key, ""),
        }
        for entry in entries
        if not entry.permission or request.user.has_perm(entry.permission)
    ]


def _is_current(path: str, entry: Entry) -> bool:
    home = reverse("admin:index")
    url = reverse(f"admin:{entry.route}")
    if url == home:
        return path == home
    return any(path.startswith(prefix) for prefix in (url, *(home + also for also in entry.also)))


def _notes(news: shell.News) -> dict[str, str]:
    running = ngettext("%(count)s running", "%(count)s running", news.running) % {
        "count": number(news.running)
    }
    return {
        "batches": running if news.running else "",
        "analyses": compact(news.total) if news.total else "",
    }


def _fingerprint(notes: dict[str, str]) -> str:
    return "|".join(notes.values())[:NOTES_LENGTH_MAX]


def _poll_url(news: shell.News, notes: dict[str, str]) -> str:
    since = news.taken_at - ANNOUNCED_AFTER
    query = urlencode({"since": since.isoformat(), "notes": _fingerprint(notes)})
    return f"{reverse('admin:shell')}?{query}"


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None or timezone.is_naive(moment):
        return None
    lower, upper = DATE_BOUNDS
    return moment if lower <= moment < upper else None


def _notice(batch: shell.FinishedBatch) -> dict[str, str]:
    words = _("%(name)s is done: %(done)s done, %(failed)s failed.") % {
        "name": batch.name,
        "done": number(batch.done),
        "failed": number(batch.failed),
    }
    return {
        "text": words,
        "url": f"{reverse('admin:explore')}?batch={batch.batch_id}",
        "tone": "warning" if batch.failed else "success",
    }


def _theme(user: AbstractBaseUser | AnonymousUser) -> str:
    return people.reader(cast("User", user)).theme
