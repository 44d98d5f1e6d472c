"""The page of a batch whose engine does not answer, in a browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from analyses.models import Job, Worker
from analyses.services import batches, jobs
from tests.conftest import logged_in
from tests.factories import make_analysis, make_batch, make_scored

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_sentence_comes_and_goes_by_itself(
    page: Page, context: BrowserContext, live_server: Any, analyst: User
) -> None:
    batch = make_batch(batch_name="May reviews")
    make_scored(0.5, batch_analysis=batch)
    make_analysis(batch_analysis=batch)
    jobs.enqueue(batches.chunk_jobs(batch.pk, [2]))
    Worker.objects.create(
        name="w", started_at=timezone.now(), heartbeat_at=timezone.now() + timedelta(hours=1)
    )
    client: Client = logged_in(analyst)
    cookies = [{"name": n, "value": c.value, "url": live_server.url} for n, c in client.cookies.items()]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(f"{live_server.url}/batches/{batch.pk}/")
    notice = page.get_by_role("status").filter(has_text="Waiting for the engine")
    expect(notice).to_have_count(0)

    Job.objects.update(error="acme cannot be reached.", run_after=timezone.now() + timedelta(minutes=4))
    expect(notice).to_contain_text("Waiting for the engine: acme cannot be reached. Tried again about")
    assert Axe().run(page).violations_count == 0

    Job.objects.update(error="")
    expect(notice).to_have_count(0)
