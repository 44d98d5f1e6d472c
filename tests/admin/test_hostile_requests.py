"""What strangers try in addresses and forms: refused or ignored, never a failure of the server."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analyses.models import TextAnalysis
from analyses.services import analyses
from tests.factories import make_import, make_scored

LISTS = (
    "analyses_textanalysis_changelist",
    "analyses_batchanalysis_changelist",
    "analyses_import_changelist",
    "analyses_correction_changelist",
    "analyses_rejectedline_changelist",
)
HUGE = "9" * 30
VERY_HUGE = "9" * 5_000
LIST_QUERIES = (
    "p=0",
    "p=-1",
    "p=abc",
    f"p={HUGE}",
    f"p={VERY_HUGE}",
    "p=1&p=2",
    "p=%00",
    "o=abc",
    "o=-",
    "o=1.2.3.99",
    f"o={HUGE}",
    f"o=-{VERY_HUGE}",
    "o=..--..",
    "o=%00",
    "all=",
    "all=1&p=99",
    "e=1",
    "e=1&e=2",
    "q=%00",
    "q=%ff%fe",
    "q=%ed%a0%80",
    f"q={HUGE}",
    f"q=%23{VERY_HUGE}",
    f"q={'a' * 100_000}",
    f"q={'a+' * 5_000}",
    "q=%25%5f%5c",
    "q='%3b+drop+table+text_analyses--",
    "q=%22unclosed",
    "q=%F0%9F%8D%A3",
    "status=",
    "status=%00",
    "status=nonsense",
    "status=completed&status=error",
    "analysis_type=%ff",
    "tier=ultra%00",
    "batch=abc",
    "batch=-1",
    "batch=1.5",
    "batch=%00",
    f"batch={HUGE}",
    f"batch={VERY_HUGE}",
    "batch=%D9%A1",
    "import=NaN",
    f"import={HUGE}",
    "trash=maybe",
    "trash=yes&trash=no",
    "state=done%27",
    "id__exact=1",
    "id__in=1,2",
    "id__gte=abc",
    "pk=1",
    "text_content__regex=(a%2B)%2B%24",
    "text_content__iregex=.*",
    "text_hash__startswith=0",
    "batch_analysis__created_by__password__startswith=md5",
    "created_by__password__regex=.",
    "source_import__created_by__is_superuser=1",
    "extra__airline=x",
    "emotion_scores__joy__gt=0",
    "created_at__year=99999",
    "created_at__gte=9999-12-31",
    "dated_at__date=oops",
    "status__isnull=maybe",
    "status__in=",
    "_popup=1",
    "_to_field=password",
    "_to_field=text_content&_popup=1",
    "_facets=1",
    "_changelist_filters=%00",
    "__proto__=1",
    "a%00b=1",
)
KEYS = (
    "0",
    "-1",
    "abc",
    HUGE,
    VERY_HUGE,
    "%00",
    "1%00",
    "1.0",
    "_5Fx",
    "..%2f..",
    "%F0%9F%8D%A3",
    "%D9%A1",
    "1 ",
    "'",
)
FORMS: tuple[dict[str, object], ...] = (
    {},
    {"do": "correct"},
    {"do": "correct", "sentiment_score": VERY_HUGE, "reason": "x"},
    {"do": "correct", "sentiment_score": "1", "reason": "\x00"},
    {"do": "correct", "sentiment_score": ["1", "2"], "reason": ["a", "b"]},
    {"do": "correct", "quality_score": "0.5", "reason": "other type"},
    {"do": "text", "text_content": "\x00"},
    {"do": "text"},
    {"do": "__class__"},
    {"do": "restore"},
    {"do": "withdraw"},
    {"_save": "1", "corrections-TOTAL_FORMS": "abc", "corrections-INITIAL_FORMS": VERY_HUGE},
)
ACTIONS: tuple[dict[str, object], ...] = (
    {"action": "move_to_trash"},
    {"action": "delete_selected", "_selected_action": "1", "post": "yes"},
    {"action": "move_to_trash", "_selected_action": "abc", "index": "0"},
    {"action": "move_to_trash", "_selected_action": VERY_HUGE},
    {"action": "move_to_trash", "_selected_action": "\x00"},
    {"action": "move_to_trash", "_selected_action": "0", "index": VERY_HUGE},
    {"action": "move_to_trash", "_selected_action": "0", "index": "-5"},
    {"action": "nonsense", "_selected_action": "0"},
    {"action": "restore", "_selected_action": "0", "post": "yes", "select_across": "maybe"},
    {"_save": "1", "form-TOTAL_FORMS": VERY_HUGE},
)
REFUSED_OR_ANSWERED = {200, 302, 400, 403, 404, 405, 422}


@pytest.fixture
def strict_client(editor_client: Client) -> Client:
    """Return an editor's client that turns failures into answers, as a server does."""
    make_scored(0.5)
    editor_client.raise_request_exception = False
    return editor_client


@pytest.mark.parametrize("name", LISTS)
def test_list_addresses_never_fail(strict_client: Client, name: str) -> None:
    urls = [
        f"{reverse(f'admin:{name}')}{suffix}?{query}"
        for suffix in ("", "export.csv")
        for query in LIST_QUERIES
    ]

    failed = {
        url[:120]: code for url in urls if (code := status_of(strict_client, url)) not in REFUSED_OR_ANSWERED
    }

    assert len(urls) > 120
    assert failed == {}


def status_of(client: Client, url: str) -> int:
    response: Any = client.get(url)
    if response.streaming:
        b"".join(response.streaming_content)
    return int(response.status_code)


@pytest.mark.parametrize("name", LISTS)
def test_record_addresses_never_fail(strict_client: Client, name: str) -> None:
    base = reverse(f"admin:{name}")
    urls = [
        f"{base}{quote(key, safe='%')}/{page}{query}"
        for key, page, query in itertools.product(
            KEYS, ("change/", "history/", "delete/", ""), ("", "?p=%00")
        )
    ]

    answered = {url: status_of(strict_client, url) for url in urls}

    assert set(answered.values()) <= {301, 302, 400, 403, 404}


@pytest.mark.parametrize("fields", FORMS, ids=str)
def test_record_forms_never_fail(strict_client: Client, fields: dict[str, object]) -> None:
    row = TextAnalysis.objects.get()
    url = reverse("admin:analyses_textanalysis_change", args=[row.pk])

    assert strict_client.post(url, fields).status_code in REFUSED_OR_ANSWERED
    assert strict_client.post(reverse("admin:analyses_textanalysis_add"), fields).status_code == 422
    row.refresh_from_db()
    assert row.sentiment_score == 0.5


@pytest.mark.parametrize("fields", ACTIONS, ids=lambda fields: str(fields)[:60])
def test_list_actions_never_fail(strict_client: Client, fields: dict[str, object]) -> None:
    for query in ("", "?trash=yes", "?status=odd"):
        url = reverse("admin:analyses_textanalysis_changelist") + query

        assert strict_client.post(url, fields).status_code in REFUSED_OR_ANSWERED

    assert TextAnalysis.objects.live().count() == 1


@pytest.mark.parametrize("name", LISTS)
def test_no_lookup_reaches_a_query(strict_client: Client, name: str) -> None:
    """Walk every relation three deep: nothing but the filters beside the list is a parameter."""
    url = reverse(f"admin:{name}")
    model = apps.get_model("analyses", name.split("_")[1])

    accepted = [
        path for path in lookups(model, depth=3) if strict_client.get(url, {path: "1"}).status_code != 400
    ]

    assert set(accepted) <= {"status", "analysis_type", "state"}


def lookups(model: type, depth: int) -> list[str]:
    found: list[str] = []
    for field in model._meta.get_fields():  # type: ignore[attr-defined]
        found.append(field.name)
        if not field.is_relation:
            found.append(f"{field.name}__startswith")
        elif depth > 1 and field.related_model is not None:
            found += [f"{field.name}__{rest}" for rest in lookups(field.related_model, depth - 1)[:60]]
    return found[:200]


def test_hidden_columns_cannot_order_a_list(strict_client: Client, editor: User) -> None:
    make_import(created_by=editor)
    for name in LISTS:
        for number in range(1, 10):
            response = strict_client.get(reverse(f"admin:{name}"), {"o": f"-{number}"})

            order = {term.lstrip("-") for term in response.context["cl"].queryset.query.order_by}
            assert order <= {"pk", "id", "dated_at", "created_at"}


def test_trashed_records_stay_in_the_trash(strict_client: Client, editor: User) -> None:
    row = TextAnalysis.objects.get()
    analyses.trash([row.pk], user=editor)

    for query in LIST_QUERIES[:20]:
        response = strict_client.get(f"{reverse('admin:analyses_textanalysis_changelist')}?{query}")
        if response.context and "cl" in response.context:
            assert not response.context["cl"].result_list
