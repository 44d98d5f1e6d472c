"""Tags that compute a drawing's geometry and render its fragment."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from django import template

from analyses.charts.shares import progress, shares

register = template.Library()


class FacetValue(Protocol):
    """What a value of a facet has: words, a count, the address of its rows, and whether it is chosen."""

    label: str
    count: int
    url: str
    selected: bool


@register.inclusion_tag("analyses/_progress.html")
def progress_bar(done: int, failed: int, waiting: int, size: str = "") -> dict[str, Any]:
    """Draw done, failed and waiting rows; `size` "big" gives the tall bar of a batch page."""
    return {"progress": progress(done=done, failed=failed, waiting=waiting), "size": size}


@register.inclusion_tag("analyses/_facets.html")
def facet(title: str, values: Iterable[FacetValue]) -> dict[str, Any]:
    """List the values of a facet with their counts and shares, each a link to its rows."""
    listed: Sequence[FacetValue] = list(values)
    widths = shares([value.count for value in listed])
    rows = [
        {
            "label": value.label,
            "count": value.count,
            "url": value.url,
            "selected": getattr(value, "selected", False),
            "share": width,
        }
        for value, width in zip(listed, widths, strict=True)
    ]
    return {"title": title, "values": rows}
