"""F31: a moment near year 9999, which a western zone cannot show, comes in through no door and breaks no list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test import Client

from analyses.choices import ImportState
from analyses.models import Import, Profile, RejectedLine, TextAnalysis
from analyses.services import imports, uploads
from analyses.services.imports import Mapping
from analyses.services.workers import WorkLoop
from tests import factories

# All of them are past or before what some zone can show.
POISON = ("9999-12-31 23:59:59", "9999-12-31 00:00:00", "2200-01-01 00:00:00", "1969-12-31 23:59:59")
WEST = "America/Los_Angeles"
COLUMNS = ("created_at", "occurred_at")
LISTS = (
    "/",
    "/explore/",
    "/explore/?date_from=9999-12-31",
    "/explore/?date_to=9999-12-31",
    "/analyses/textanalysis/",
    "/batches/",
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def western(editor: User) -> Client:
    """Return the browser of somebody far in the west."""
    Profile.objects.update_or_create(user=editor, defaults={"zone": WEST})
    client = Client()
    client.force_login(editor)
    return client


def check_lists(client: Client) -> None:
    statuses = {path: client.get(path).status_code for path in LISTS}
    assert statuses == {path: 400 if "9999" in path else 200 for path in LISTS}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("moment", POISON)
def test_f31_the_table_refuses_the_moment_and_lists_stay(western: Client, column: str, moment: str) -> None:
    row = factories.make_scored(0.5)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE text_analyses SET {column} = %s WHERE id = %s", [moment, row.pk])

    assert getattr(TextAnalysis.objects.get(pk=row.pk), column) == getattr(row, column)
    check_lists(western)


def test_f31_the_edges_that_are_allowed_can_be_shown_in_every_zone(western: Client, figures: Any) -> None:
    row = factories.make_scored(0.5)
    edges = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))

    for zone in (WEST, "Pacific/Kiritimati", "UTC"):
        Profile.objects.update(zone=zone)
        for edge in edges:
            TextAnalysis.objects.filter(pk=row.pk).update(occurred_at=edge)
            check_lists(western)
            assert western.get(f"/analyses/textanalysis/{row.pk}/change/").status_code == 200
    figures(zones=3, edges=2, **{"broken lists": 0})


def test_f31_a_file_with_such_dates_keeps_its_other_lines(western: Client, figures: Any) -> None:
    lines = [f"{number},Good,{moment}" for number, moment in enumerate((*POISON, "2024-05-01 10:00:00"))]
    body = "\n".join(["id,text,date", *lines]).encode()
    record = uploads.store_upload([body], file_name="poison.csv", user=None)
    mapping = Mapping("text", "id", "date", "iso", WEST)
    imports.start(
        record.pk, mapping=mapping, name="poison", analysis_types=["sentiment"], tier="standard", user=None
    )
    loop = WorkLoop()
    while loop.step():
        pass

    record = Import.objects.get(pk=record.pk)
    # The last moment of 1969 and the first of 2200 are inside once they are taken as western ones.
    refused = list(RejectedLine.objects.order_by("line").values_list("line", "column"))
    assert record.state == ImportState.COMPLETED
    assert record.accepted_count + record.rejected_count == len(lines)
    assert refused == [(2, "date"), (3, "date"), (4, "date")]
    check_lists(western)
    figures(lines=len(lines), refused=len(refused))
