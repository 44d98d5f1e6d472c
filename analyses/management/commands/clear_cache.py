"""Make everything kept in the cache void: after rows were changed by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analyses.queries import shared_cache
from analyses.services import caching


class Command(BaseCommand):
    help = "Make everything kept in the cache void, for all processes within a second."

    def handle(self, *args: Any, **options: Any) -> None:
        number = caching.clear_cache()
        self.stdout.write(_outcome(number))


def _outcome(number: int | None) -> str:
    if number is not None:
        return ngettext("Dropped %(count)s key.", "Dropped %(count)s keys.", number) % {
            "count": f"{number:,}"
        }
    if shared_cache.is_enabled():
        return _("Redis does not answer; what it holds is void all the same.")
    return _("Nothing is cached here: there is no Redis, or caching is off.")
