"""Keep the search documents: a job makes those of new texts, an edit writes its own at once.

Whoever inserts texts enqueues a job in the same transaction. The trash changes nothing, for what lies there is left out
of every list, and the end of a row is the end of its document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from analyses.choices import AnalysisStatus, JobKind
from analyses.engines import registry
from analyses.models import SearchDocument, TextAnalysis
from analyses.models.text_analyses import TextAnalysisQuerySet
from analyses.search.words import words
from analyses.services import jobs
from analyses.services.jobs import Claim

STORE_ROWS = 1_000
RANGE_ROWS = 5_000


def enqueue_lines(batch_id: int, lines: Sequence[int]) -> None:
    """Have the texts of ascending lines of a batch indexed, once the caller's transaction commits.

    The job does not belong to the batch: cancelling that one's work leaves its texts to be found.
    """
    if lines:
        names = {"batch_id": batch_id, "first_line": lines[0], "last_line": lines[-1]}
        _enqueue({**names, "rows": len(lines)})


def enqueue(ids: Sequence[int]) -> None:
    """Have some texts indexed, once the caller's transaction commits; those that are already cost a look."""
    if ids:
        _enqueue({"ids": list(ids), "rows": len(ids)})


def enqueue_all() -> int:
    """Have every text indexed that is not, and give the number of jobs; repeating costs a look at each text."""
    last_id = TextAnalysis.objects.aggregate(last=Max("pk"))["last"] or 0
    ranges = [
        {"first_id": first, "last_id": first + RANGE_ROWS - 1, "rows": RANGE_ROWS}
        for first in range(1, last_id + 1, RANGE_ROWS)
    ]
    jobs.enqueue(jobs.new_job(JobKind.INDEX_TEXTS, one) for one in ranges)
    return len(ranges)


def _enqueue(arguments: Mapping[str, Any]) -> None:
    jobs.enqueue([jobs.new_job(JobKind.INDEX_TEXTS, arguments)])


def run(claim: Claim) -> None:
    """Make the documents that texts of a job lack; raises LeaseLostError when it is no longer ours. Safe to repeat."""
    lacking = _rows(claim.arguments).filter(search_document__isnull=True).order_by("pk")
    while found := list(lacking.values_list("pk", "text_content")[:STORE_ROWS]):
        with transaction.atomic():
            jobs.progress(claim)
            _store(found)
        if claim.is_stopping():
            jobs.release(claim)
            return
        lacking = lacking.filter(pk__gt=found[-1][0])
    jobs.finish(claim)


def _rows(arguments: Mapping[str, Any]) -> TextAnalysisQuerySet:
    """Give the texts that a job names, those in the trash too: they may come back."""
    rows = TextAnalysis.objects.all()
    if "ids" in arguments:
        return rows.filter(pk__in=arguments["ids"])
    if "batch_id" in arguments:
        lines = (arguments["first_line"], arguments["last_line"])
        return rows.filter(batch_analysis_id=arguments["batch_id"], line_number__range=lines)
    return rows.filter(pk__range=(arguments["first_id"], arguments["last_id"]))


def index_external() -> int:
    """Make the documents of single texts that wait for an external engine, a few; give their number.

    All other texts get a job when a worker takes them up.
    """
    made = 0
    for analysis_type, tier in registry.external():
        waiting = TextAnalysis.objects.filter(
            batch_analysis__isnull=True,
            status=AnalysisStatus.PENDING,
            analysis_type=analysis_type,
            optimization_tier=tier,
            search_document__isnull=True,
        )
        found = list(waiting.values_list("pk", "text_content")[:STORE_ROWS])
        _store(found)
        made += len(found)
    return made


def _store(found: Iterable[tuple[int, str]]) -> None:
    """Insert documents; one that an edit wrote meanwhile is newer and stays."""
    documents = [SearchDocument(analysis_id=pk, words=words(text)) for pk, text in found]
    SearchDocument.objects.bulk_create(documents, ignore_conflicts=True)


def put(row: TextAnalysis) -> None:
    """Write the document of an edited text, in the caller's transaction."""
    _store([(row.pk, row.text_content)])
    SearchDocument.objects.filter(pk=row.pk).update(words=words(row.text_content))
