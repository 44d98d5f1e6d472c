"""Other analyses of the same text: the same line of the same import, or else the same hash."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from analyses.models.text_analyses import TextAnalysisQuerySet


def has(others: TextAnalysisQuerySet) -> Q:
    """Ask for rows whose text has an analysis among the others; an indexed EXISTS for either way to find it."""
    of_line = others.filter(
        batch_analysis__source_import=OuterRef("source_import"), line_number=OuterRef("line_number")
    )
    of_hash = others.filter(text_hash=OuterRef("text_hash"))
    is_of_a_file = Q(source_import__isnull=False)
    return (is_of_a_file & Q(Exists(of_line))) | (~is_of_a_file & Q(Exists(of_hash)))
