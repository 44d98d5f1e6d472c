"""The tables, one file each."""

from analyses.models.api_tokens import ApiToken
from analyses.models.attempts import Attempt
from analyses.models.batch_analyses import BatchAnalysis
from analyses.models.cache_resets import CacheReset
from analyses.models.corrections import Correction
from analyses.models.exports import Export
from analyses.models.idempotency_keys import IdempotencyKey
from analyses.models.imports import Import
from analyses.models.jobs import Job
from analyses.models.measurements import Measurement
from analyses.models.model_performance import ModelPerformance
from analyses.models.profiles import Profile
from analyses.models.rejected_lines import RejectedLine
from analyses.models.rollups import Rollup, RollupLevel, RollupTotal
from analyses.models.saved_views import PinnedView, SavedView
from analyses.models.search_documents import SearchDocument
from analyses.models.text_analyses import TextAnalysis
from analyses.models.workers import Worker

__all__ = (
    "ApiToken",
    "Attempt",
    "BatchAnalysis",
    "CacheReset",
    "Correction",
    "Export",
    "IdempotencyKey",
    "Import",
    "Job",
    "Measurement",
    "ModelPerformance",
    "PinnedView",
    "Profile",
    "RejectedLine",
    "Rollup",
    "RollupLevel",
    "RollupTotal",
    "SavedView",
    "SearchDocument",
    "TextAnalysis",
    "Worker",
)
