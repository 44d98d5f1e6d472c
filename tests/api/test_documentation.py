"""The examples of docs/api.md do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User

from analyses.engines import configured, registry, specs
from analyses.models import TextAnalysis
from analyses.services import analyses, tokens

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = Path(project.BASE_DIR) / "docs" / "api.md"


def example(heading: str) -> str:
    """Give the Python under a heading."""
    section = PAGE.read_text().split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def run(heading: str, live_server: Any, owner: User) -> str:
    """Run an example as its reader would, and give what it prints."""
    secret = tokens.create(owner=owner, name="example", scopes=("read", "ingest"), days=7)[1]
    environment = os.environ | {"NLPADMIN_URL": live_server.url, "NLPADMIN_TOKEN": secret}
    done = subprocess.run(
        (sys.executable, "-c", example(heading)),
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def acme() -> Iterator[None]:
    """Name an external engine for sentiment at tier ultra."""
    spec = '[{"type": "sentiment", "name": "acme", "version": "3", "external": true}]'
    registry.configure(configured.providers(specs.read(spec), lease_seconds=60))
    yield
    registry.configure(())


def test_the_engine_of_the_example_answers_what_waits(live_server: Any, editor: User, acme: None) -> None:
    for text in ("I love it.", "I do not."):
        analyses.create(text_content=text, analysis_type="sentiment", optimization_tier="ultra")

    printed = run("Engines elsewhere", live_server, editor)

    assert printed == "2\n"
    assert dict(TextAnalysis.objects.values_list("text_content", "sentiment_score")) == {
        "I love it.": 1.0,
        "I do not.": 0.0,
    }


def test_the_batch_of_the_example_is_followed_to_its_end(
    live_server: Any, editor: User, child_environment: dict[str, str]
) -> None:
    worker = subprocess.Popen(
        (sys.executable, "manage.py", "run_worker"),
        cwd=project.BASE_DIR,
        env=child_environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        printed = run("Many texts", live_server, editor).splitlines()
    finally:
        worker.terminate()
        worker.wait(30)

    assert printed[:2] == ["text 2: The text is empty.", "2 done, 0 failed"]
    assert [line.partition(" ")[2] for line in printed[2:]] == ["I love it.", "It broke at once."]
    assert float(printed[2].partition(" ")[0]) > 0
