"""What tests of the search share."""

from __future__ import annotations

from analyses.models import TextAnalysis
from analyses.services import search_documents


def index_all() -> None:
    """Make the documents that texts lack, as workers do.

    MariaDB finds only what was committed: such a test needs `transactional_db`.
    """
    search_documents._store(
        TextAnalysis.objects.filter(search_document__isnull=True).values_list("pk", "text_content")
    )
