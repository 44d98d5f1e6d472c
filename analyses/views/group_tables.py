"""The groups of a batch as a table: terms and texts, each number the address of exactly its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from analyses.models import BatchAnalysis
from analyses.queries import topic_groups
from analyses.queries.topic_groups import Sizes
from analyses.views import links

TERMS_BETWEEN = ", "


@dataclass(frozen=True)
class GroupRow:
    """A line of the table; a remark says something of texts that are in no group. Without an address: no one filter."""

    label: str
    count: int
    url: str
    is_remark: bool = False


@dataclass(frozen=True)
class GroupTable:
    """What the card says; the counts add up to the finished texts. `sample` is 0 while there are no groups yet."""

    title: str
    rows: Sequence[GroupRow]
    note: str
    sample: int


def group_table(batch: BatchAnalysis, *, finished: bool) -> GroupTable | None:
    """Make the table of a batch, in one query; None where it is finished and never had groups (no query then)."""
    title = _("Groups") if finished else _("Groups so far")
    sizes = topic_groups.sizes(batch)
    if sizes is None:
        note = _("The groups are found when all texts are there.")
        return None if finished else GroupTable(_("Groups"), (), note, 0)
    note = "" if sizes.groups else _("The texts are too few or too alike to form groups.")
    return GroupTable(title, tuple(_rows(batch, sizes)), note, sizes.sample if sizes.groups else 0)


def _rows(batch: BatchAnalysis, sizes: Sizes) -> Iterator[GroupRow]:
    for group in sizes.groups:
        url = links.rows(batch=batch.pk, status=links.DONE, first_topic=group.first)
        yield GroupRow(TERMS_BETWEEN.join(group.terms), group.texts, url)
    for other in sizes.others:
        url = links.rows(batch=batch.pk, status=links.DONE, first_topic=other.first)
        yield GroupRow(
            _("“%(topic)s”, given by a person") % {"topic": other.first}, other.texts, url, is_remark=True
        )
    if sizes.left_out:
        yield GroupRow(_("other topics, given by people"), sizes.left_out, "", is_remark=True)
    if sizes.without:
        url = links.rows(batch=batch.pk, status=links.DONE, has_topic="no")
        yield GroupRow(_("in no group"), sizes.without, url, is_remark=True)
