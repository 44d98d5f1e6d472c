"""The main job in a browser: a file goes in, a worker runs, the page moves by itself, results are explored."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from analyses.models import BatchAnalysis, Import
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    "1,I love this wonderful crew!,2/24/2015 11:35",
    "2,This is a terrible and awful delay.,2/24/2015 12:00",
    "3,The gate is on the left.,2/25/2015 09:30",
    "4,,2/25/2015 10:00",
]


def log_in(page: Page, live_server: LiveServer, person: User) -> None:
    page.goto(f"{live_server.url}{reverse('admin:login')}")
    page.get_by_label("User name").fill(person.get_username())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def run_worker(environment: dict[str, str]) -> None:
    """Work in a process of its own until nothing is left."""
    command = [sys.executable, "manage.py", "run_worker", "--until-idle"]
    root = Path(environment["PYTHONPATH"])
    done = subprocess.run(
        command, env=os.environ | environment, cwd=root, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def axe_findings(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in violations]


def test_a_file_becomes_results_while_the_page_watches(
    page: Page, live_server: LiveServer, editor: User, child_environment: dict[str, str], tmp_path: Path
) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    file = tmp_path / "reviews.csv"
    file.write_text("\n".join(["id,text,written", *ROWS]), encoding="utf-8")

    log_in(page, live_server, editor)
    page.get_by_role("link", name="Import a first file").click()
    page.locator("input[type=file]").set_input_files(file)
    assert axe_findings(page) == []
    page.get_by_role("button", name="Upload and look").click()

    expect(page.get_by_text("I love this wonderful crew!")).to_be_visible()
    expect(page.get_by_label("Text column")).to_have_value("text")
    assert axe_findings(page) == []
    page.get_by_label("Name").fill("May reviews")
    page.get_by_label("Time zone of the dates").fill("America/New_York")
    page.get_by_role("button", name="Start the import").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("May reviews")
    expect(page.get_by_text("No worker has ever been alive.")).to_be_visible()
    batch = BatchAnalysis.objects.get()
    page.goto(f"{live_server.url}{reverse('admin:batch', args=(batch.pk,))}")
    page.evaluate("window.wasNotReloaded = true")
    run_worker(child_environment)

    expect(page.locator("#batch-tag")).to_have_text("completed", timeout=15_000)
    expect(page.get_by_role("img", name="3 done, 0 failed, 0 waiting")).to_be_visible()
    assert page.evaluate("window.wasNotReloaded") is True
    assert axe_findings(page) == []

    record = Import.objects.get()
    assert (record.accepted_count, record.rejected_count) == (3, 1)
    page.get_by_role("link", name="Explore results").click()
    expect(page.get_by_text("This is a terrible and awful delay.").first).to_be_visible()
    page.goto(f"{live_server.url}{reverse('admin:index')}")
    expect(page.get_by_role("heading", name="Texts per day")).to_be_visible()
    assert axe_findings(page) == []
    assert refused == []
