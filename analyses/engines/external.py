"""The place of an engine that runs elsewhere, takes its texts through the API and posts its results there."""

from collections.abc import Sequence
from typing import NoReturn

from django.utils.translation import gettext as _

from analyses.engines.base import Engine, EngineFacts
from analyses.exceptions import EngineUnavailableError

# The engine takes what waits whenever it asks; a worker only looks whether the site still names it so.
LOOK_AGAIN_SECONDS = 600.0


class ExternalEngine(Engine):
    """Never answers here: its texts wait until it comes for them."""

    def __init__(self, facts: EngineFacts) -> None:
        self.facts = facts

    def analyze(self, texts: Sequence[str]) -> NoReturn:
        """Raise EngineUnavailableError; no text is to blame."""
        raise EngineUnavailableError(
            _("%(engine)s takes its texts through the API.") % {"engine": self.model_used},
            retry_after_seconds=LOOK_AGAIN_SECONDS,
        )
