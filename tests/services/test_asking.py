"""An engine that takes too long is cut off: its text fails, the others are answered."""

import threading
from collections.abc import Sequence

import pytest
from django.conf import LazySettings

from analyses.engines.base import Outcome
from analyses.engines.sentiment import VaderEngine
from analyses.exceptions import LeaseLostError
from analyses.services.asking import ask


class SleepyEngine(VaderEngine):
    """Falls asleep over texts that say so."""

    def analyze(self, texts: Sequence[str]) -> list[Outcome]:
        if any("sleep" in text for text in texts):
            threading.Event().wait(30)
        return super().analyze(texts)


@pytest.fixture(autouse=True)
def _short_lease(settings: LazySettings) -> None:
    settings.LEASE_SECONDS = 1


def nothing() -> None:
    """Renew no lease."""


def test_texts_that_are_answered_in_time_are_asked_at_once() -> None:
    def refuse() -> None:
        pytest.fail("no text needs to be asked by itself")

    assert [one.value for one in ask(SleepyEngine(), ["good", "bad"], keep=refuse)] == [0.4404, -0.5423]


def test_the_text_that_hangs_fails_and_its_neighbours_are_answered() -> None:
    outcomes = ask(SleepyEngine(), ["good", "sleep", "bad"], keep=nothing)

    assert [one.value for one in outcomes] == [0.4404, None, -0.5423]
    assert outcomes[1].error == "The engine took longer than 1 s on this text."


def test_a_lease_that_is_lost_meanwhile_ends_the_asking() -> None:
    def lose() -> None:
        raise LeaseLostError("Job 1 belongs to another worker now, or was cancelled.")

    with pytest.raises(LeaseLostError):
        ask(SleepyEngine(), ["sleep"], keep=lose)
