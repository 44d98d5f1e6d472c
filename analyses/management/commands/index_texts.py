"""Have workers index every text that the search does not know: after rows were put back by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from analyses.services import search_documents


class Command(BaseCommand):
    help = "Have workers index every text that the search does not know; the others cost them a look."

    def handle(self, *args: Any, **options: Any) -> None:
        number = search_documents.enqueue_all()
        said = ngettext("%(count)s job waits for a worker.", "%(count)s jobs wait for a worker.", number)
        self.stdout.write(said % {"count": f"{number:,}"})
