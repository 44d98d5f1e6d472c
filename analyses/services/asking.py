"""Ask an engine about texts, for no longer than a worker may wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from analyses.engines.base import Engine, Outcome
from analyses.services.time_limits import TimeLimitError, limited

# What is asked must be answered, and stored, before the job's lease ends.
SHARE_OF_LEASE = 2 / 3


def ask(engine: Engine, texts: Sequence[str], *, keep: Callable[[], None]) -> list[Outcome]:
    """Give the outcomes of some texts; when they take too long, of each by itself, and one that hangs is an error.

    `keep` is called before each text that is asked by itself: it renews the lease, and may raise LeaseLostError.
    """
    seconds = settings.LEASE_SECONDS * SHARE_OF_LEASE
    try:
        with limited(seconds):
            return engine.analyze(texts)
    except TimeLimitError:
        return [_ask_alone(engine, text, seconds, keep) for text in texts]


def _ask_alone(engine: Engine, text: str, seconds: float, keep: Callable[[], None]) -> Outcome:
    keep()
    try:
        with limited(seconds):
            (outcome,) = engine.analyze([text])
            return outcome
    except TimeLimitError:
        error = _("The engine took longer than %(seconds)s s on this text.") % {"seconds": round(seconds)}
        return Outcome(None, error=error)
