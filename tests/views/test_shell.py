"""The shell: who enters, what the sidebar says, and the notice that a batch is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from analyses.choices import Role
from analyses.queries import shell as shell_queries
from analyses.views import shell
from tests.conftest import MakePerson
from tests.factories import make_batch, make_scored

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
URL = reverse("admin:shell")
PROFILE = reverse("admin:profile")


@pytest.fixture(autouse=True)
def fresh_snapshot() -> Iterator[None]:
    shell_queries.forget()
    yield
    shell_queries.forget()


def test_people_with_a_role_may_enter(make_person: MakePerson, outsider: User) -> None:
    assert all(shell.may_enter(make_person(role.lower(), role)) for role in Role)
    assert shell.may_enter(User(username="root", is_superuser=True))
    assert not shell.may_enter(outsider)
    assert not shell.may_enter(AnonymousUser())
    assert not shell.may_enter(User(username="gone", is_superuser=True, is_active=False))


def test_staff_without_a_role_may_not_enter(outsider: User) -> None:
    outsider.is_staff = True

    assert not shell.may_enter(outsider)


def test_may_enter_asks_once(analyst: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        shell.may_enter(analyst)
        shell.may_enter(analyst)


def entries(client: Client, url: str = PROFILE) -> dict[str, dict[str, Any]]:
    groups = client.get(url).context["shell"]["groups"]
    return {entry["key"]: entry for group in groups for entry in group["entries"]}


def test_sidebar_counts_what_runs_and_what_there_is(analyst_client: Client) -> None:
    for score in (0.1, 0.2, 0.3):
        make_scored(score)
    make_batch(status="processing")
    make_batch()
    make_batch(cancelled_at=NOW)
    make_batch(deleted_at=NOW)

    found = entries(analyst_client)

    assert found["batches"]["note"] == "2 running"
    assert found["analyses"]["note"] == "3"


def test_current_entry_is_marked(analyst_client: Client) -> None:
    current = [key for key, entry in entries(analyst_client).items() if entry["current"]]

    assert current == ["profile"]
    row = make_scored(0.1)
    page = reverse("admin:analyses_textanalysis_change", args=[row.pk])
    assert [key for key, entry in entries(analyst_client, page).items() if entry["current"]] == ["analyses"]


def test_only_operators_find_people(analyst_client: Client, operator_client: Client) -> None:
    assert "people" not in entries(analyst_client)
    assert "people" in entries(operator_client)


def poll(client: Client, since: datetime, notes: str) -> Any:
    return client.get(URL, {"since": since.isoformat(), "notes": notes})


def test_no_news_is_an_empty_answer(analyst_client: Client) -> None:
    response = poll(analyst_client, NOW, "|")

    assert response.status_code == 204
    assert not response.content


def test_finished_batch_is_announced_once_and_escaped(analyst_client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        poll_url = analyst_client.get(PROFILE).context["shell"]["poll_url"]
    make_batch(
        batch_name="<b>May</b> reviews",
        status="completed",
        batch_size=8_900,
        completed_count=8_812,
        error_count=88,
        completed_at=NOW + timedelta(seconds=3),
    )

    with time_machine.travel(NOW + timedelta(seconds=10), tick=False):
        response = analyst_client.get(poll_url)
        page = response.content.decode()
        assert "&lt;b&gt;May&lt;/b&gt; reviews is done: 8,812 done, 88 failed." in page
        assert "Explore results" in page
        assert 'hx-swap-oob="true"' in page

        again = analyst_client.get(response.context["shell"]["poll_url"])
        assert again.status_code == 204


def test_batch_that_finishes_beside_a_poll_is_neither_lost_nor_told_twice(analyst_client: Client) -> None:
    make_batch(status="completed", completed_at=NOW, batch_name="edge")
    told = 0
    since = NOW - timedelta(seconds=30)

    for second in range(-3, 12, 1):
        with time_machine.travel(NOW + timedelta(seconds=second), tick=False):
            shell_queries.forget()
            response = poll(analyst_client, since, "|")
            if response.status_code == 200:
                told += response.content.decode().count("edge is done")
                query = parse_qs(urlsplit(response.context["shell"]["poll_url"]).query)
                since = datetime.fromisoformat(query["since"][0])

    assert told == 1


def test_changed_notes_are_sent_without_a_notice(analyst_client: Client) -> None:
    make_batch(status="processing")

    response = poll(analyst_client, datetime.now(UTC), "|")

    page = response.content.decode()
    assert response.status_code == 200
    assert "1 running" in page
    assert 'class="notice' not in page


def test_many_polls_ask_the_database_once(analyst_client: Client, django_assert_max_num_queries: Any) -> None:
    notes = "|"
    with time_machine.travel(NOW, tick=False):
        poll(analyst_client, NOW, notes)
        with django_assert_max_num_queries(5):  # session, person, profile, role
            poll(analyst_client, NOW, notes)


@pytest.mark.parametrize(
    "since", ["", "yesterday", "2026-01-01T00:00:00", "9999-12-31T23:59:59Z", "2026-13-01T00:00Z", "\x00"]
)
def test_since_must_be_a_moment(analyst_client: Client, since: str) -> None:
    assert analyst_client.get(URL, {"since": since}).status_code == 400


def every_url() -> list[str]:
    """Give an address for every pattern of the resolver, with 1 for each argument."""
    return sorted({f"/{address(pattern)}" for pattern in patterns(get_resolver().url_patterns)})


def patterns(found: list[Any], prefix: str = "") -> list[str]:
    result: list[str] = []
    for one in found:
        route = prefix + str(one.pattern)
        result += [route] if isinstance(one, URLPattern) else patterns(one.url_patterns, route)
    return result


def address(route: str) -> str:
    parts = [("1" if part.startswith("<") else part) for part in route.split("/")]
    return "/".join(parts).replace("(?P<app_label>", "").replace("^", "").replace("$", "")


OPEN_TO_ALL = {"/login/", "/logout/", "/jsi18n/"}


def is_for_programs(url: str) -> bool:
    return url.startswith("/api/") or url == "/metrics"


def test_visitor_sees_only_the_login(client: Client, db: None) -> None:
    urls = [url for url in every_url() if url not in OPEN_TO_ALL and "(?P" not in url and "(" not in url]

    answers = {url: client.get(url) for url in urls}

    assert len(urls) > 40
    programs = {url: answer.status_code for url, answer in answers.items() if is_for_programs(url)}
    strangers = {
        url: answer.status_code
        for url, answer in answers.items()
        if url not in programs
        and (answer.status_code != 302 or not answer["Location"].startswith("/login/?next="))
    }
    assert strangers == {}
    assert len(programs) > 15
    # 405: nothing is read there; whoever writes there without a token is told 401, as tests/api shows.
    assert set(programs.values()) <= {302, 401, 405}


def test_outsider_with_an_account_sees_only_the_login(outsider_client: Client) -> None:
    for url in (PROFILE, reverse("admin:explore"), reverse("admin:analyses_textanalysis_changelist")):
        assert outsider_client.get(url)["Location"].startswith("/login/?next=")


ANALYST = {
    "view_textanalysis",
    "view_batchanalysis",
    "view_import",
    "view_rejectedline",
    "view_correction",
    "view_modelperformance",
    "export_textanalysis",
}
EDITOR = ANALYST | {
    "add_textanalysis",
    "change_textanalysis",
    "delete_textanalysis",
    "change_batchanalysis",
    "delete_batchanalysis",
    "run_batchanalysis",
    "start_import",
}
OPERATOR = EDITOR | {"view_worker", "view_job", "add_user", "change_user", "view_user", "view_group"}


@pytest.mark.parametrize(
    ("role", "expected"), [("Analyst", ANALYST), ("Editor", EDITOR), ("Operator", OPERATOR)]
)
def test_roles_hold_exactly_their_rights(db: None, role: str, expected: set[str]) -> None:
    held = Permission.objects.filter(group=Group.objects.get(name=role)).values_list("codename", flat=True)

    assert set(held) == expected


MUTATING = (
    "analyses/textanalysis/add/",
    "analyses/textanalysis/1/change/",
    "analyses/textanalysis/1/delete/",
    "analyses/batchanalysis/1/change/",
    "analyses/batchanalysis/1/delete/",
    "batches/1/cancel/",
    "batches/1/resume/",
    "batches/1/retry/",
    "imports/new/",
    "imports/1/cancel/",
    "people/new/",
    "people/1/",
    "people/1/password/",
)


def test_analyst_changes_nothing(analyst_client: Client, analyst: User) -> None:
    batch = make_batch(pk=1)
    make_scored(0.5, pk=1, batch_analysis=batch)

    statuses = {path: analyst_client.post(f"/{path}", {"name": "x"}).status_code for path in MUTATING}

    assert statuses == dict.fromkeys(MUTATING, 403)
