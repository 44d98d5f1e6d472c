"""The rows of the admin's lists, drawn as Django draws them at a fraction of its cost."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.templatetags import admin_list
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

ANY_ID = "0"


@register.inclusion_tag("admin/change_list_results.html")
def record_rows(cl: Any) -> dict[str, Any]:
    """Draw the table of a list of records: the same cells as `result_list`, which a window for choosing still gets.

    Every column is a method of the list or its checkbox and gives a string, so that no cell has to find out what it
    shows; what is the same in all rows (tags, classes, the address of a record with the filters it keeps) is made once.
    No query.
    """
    if cl.is_popup:
        return admin_list.result_list(cl)
    headers = list(admin_list.result_headers(cl))
    return {"cl": cl, "result_headers": headers, "results": cl.result_list, "rows": _rows(cl)}


def _rows(cl: Any) -> SafeString:
    tags, columns = _tags(cl), _columns(cl)
    empty = cl.model_admin.get_empty_value_display()
    rows = (
        (format_html(tags, *(_shown(column(row), empty) for column in columns), id=row.pk),)
        for row in cl.result_list
    )
    return format_html_join("\n", "{}", rows)


def _columns(cl: Any) -> list[Any]:
    return [getattr(cl.model_admin, name) for name in cl.list_display]


def _shown(value: str | None, empty: str) -> str:
    return value if value and value.strip() else empty


def _tags(cl: Any) -> str:
    """Write a row with a place for each cell; the linked column heads its row."""
    links = cl.list_display_links or ()
    address = _address(cl) if links else ""
    cells = (
        f'<th class="field-{name}"><a href="{address}">{{}}</a></th>'
        if name in links
        else f'<td class="{_css(name)}">{{}}</td>'
        for name in cl.list_display
    )
    return f"<tr>{''.join(cells)}</tr>"


def _css(name: str) -> str:
    return "action-checkbox" if name == "action_checkbox" else f"field-{name}"


def _address(cl: Any) -> SafeString:
    """Write a record's address with the list's filters kept and a place for its number, escaped for an attribute."""
    name = f"{cl.model_admin.admin_site.name}:{cl.opts.app_label}_{cl.opts.model_name}_change"
    path = reverse(name, args=[ANY_ID])
    kept = {"preserved_filters": cl.preserved_filters, "opts": cl.opts}
    query = add_preserved_filters(kept, path).removeprefix(path)
    head, tail = path.rsplit(f"/{ANY_ID}/", 1)
    # The address is part of a format: what a reader typed may hold braces.
    return format_html("{}/{{id}}/{}{}", head, tail, query.replace("{", "{{").replace("}", "}}"))
