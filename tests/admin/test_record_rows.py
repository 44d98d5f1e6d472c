"""The rows of the admin's lists are the ones that Django would draw."""

from typing import Any

import pytest
from django.contrib.admin.templatetags import admin_list
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from analyses.templatetags.record_lists import record_rows
from tests.admin.test_lists import MODELS, list_url, make_records
from tests.factories import make_analysis, make_batch

TEXTS = reverse("admin:analyses_textanalysis_changelist")


def by_django(cl: Any) -> str:
    return "\n".join(f"<tr>{''.join(row)}</tr>" for row in admin_list.results(cl))


@pytest.mark.parametrize("model", MODELS)
def test_rows_are_those_of_django(editor_client: Client, editor: User, model: str) -> None:
    make_records(3, editor)
    cl = editor_client.get(list_url(model)).context["cl"]

    drawn = record_rows(cl)["rows"]

    assert drawn == by_django(cl)
    assert drawn.count("<tr>") == 3


@pytest.mark.parametrize(
    "query", [{"status": "pending"}, {"q": "#1 {0} {id}"}, {"status": "pending", "o": "-7"}]
)
def test_addresses_keep_the_lists_filters(editor_client: Client, query: dict[str, str]) -> None:
    make_analysis(text_content="<b>{not} a place</b>", batch_analysis=make_batch(batch_name="{0} & {id}"))
    cl = editor_client.get(TEXTS, query).context["cl"]
    cl.result_list = list(cl.root_queryset.annotate(**cl.queryset.query.annotations))

    assert record_rows(cl)["rows"] == by_django(cl)
    assert "_changelist_filters=" in record_rows(cl)["rows"]


def test_a_window_for_choosing_has_djangos_links(editor_client: Client) -> None:
    make_analysis()

    page = editor_client.get(TEXTS, {"_popup": "1"}).content.decode()

    assert "data-popup-opener" in page


def test_an_empty_cell_shows_a_dash(editor_client: Client, editor: User) -> None:
    make_records(1, editor)
    cl = editor_client.get(list_url("rejectedline")).context["cl"]
    cl.result_list[0].reason = "  "

    assert '<td class="field-why">-</td>' in record_rows(cl)["rows"]
    assert record_rows(cl)["rows"] == by_django(cl)
