"""Every name, limit and allowed value of the domain, once."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AnalysisType(TextChoices):
    """What is asked of a text."""

    SENTIMENT = "sentiment", _("sentiment")
    QUALITY = "quality", _("quality")
    EMOTION = "emotion", _("emotion")
    LANGUAGE = "language", _("language")
    KEYWORDS = "keywords", _("keywords")
    READABILITY = "readability", _("readability")
    ENTITIES = "entities", _("entities")
    TOPICS = "topics", _("topics")


class AnalysisStatus(TextChoices):
    """Where an analysis or a batch stands."""

    PENDING = "pending", _("pending")
    PROCESSING = "processing", _("processing")
    COMPLETED = "completed", _("completed")
    CACHED = "cached", _("cached")
    ERROR = "error", _("error")


class OptimizationTier(TextChoices):
    """How much work an engine may do on a text."""

    BASIC = "basic", _("basic")
    STANDARD = "standard", _("standard")
    ADVANCED = "advanced", _("advanced")
    ULTRA = "ultra", _("ultra")


class ImportState(TextChoices):
    """Where an uploaded file stands."""

    UPLOADED = "uploaded", _("waiting for its columns")
    QUEUED = "queued", _("waiting for a worker")
    READING = "reading", _("being read")
    COMPLETED = "completed", _("read")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class BatchState(TextChoices):
    """Where a batch stands for the person who watches it; derived from its counters and its import."""

    WAITING = "waiting", _("waiting")
    READING = "reading", _("being read")
    RUNNING = "running", _("running")
    CANCELLED = "cancelled", _("cancelled")
    COMPLETED = "completed", _("completed")
    COMPLETED_WITH_ERRORS = "completed with errors", _("completed with errors")
    FAILED = "failed", _("failed")


class JobKind(TextChoices):
    """What a unit of work in the ledger does."""

    IMPORT_FILE = "import_file", _("read an imported file")
    ANALYSE_CHUNK = "analyse_chunk", _("analyse a chunk of rows")
    EXPORT = "export", _("write the file of an export")
    COPY_ROWS = "copy_rows", _("copy rows to be analysed again")
    INDEX_TEXTS = "index_texts", _("index texts for searching")


class JobState(TextChoices):
    """Where a unit of work stands."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class ExportFormat(TextChoices):
    """How the file of an export is written."""

    CSV = "csv", _("CSV")
    JSON_LINES = "jsonl", _("JSON Lines")
    XLSX = "xlsx", _("XLSX")


class ExportState(TextChoices):
    """Where an export stands."""

    QUEUED = "queued", _("waiting for a worker")
    RUNNING = "running", _("being written")
    COMPLETED = "completed", _("whole")
    FAILED = "failed", _("broken off")
    CANCELLED = "cancelled", _("cancelled")


class Theme(TextChoices):
    """The colours a person reads in."""

    SYSTEM = "system", _("as the system")
    LIGHT = "light", _("light")
    DARK = "dark", _("dark")


class ViewAudience(TextChoices):
    """Who sees a saved view."""

    PRIVATE = "private", _("only you")
    GROUP = "group", _("a group")
    ALL = "all", _("everybody")


class Role(TextChoices):
    """The groups that open the console; each includes the ones above it."""

    ANALYST = "Analyst", _("Analyst")
    EDITOR = "Editor", _("Editor")
    OPERATOR = "Operator", _("Operator")


class TokenScope(TextChoices):
    """What a token of the API is good for."""

    READ = "read", _("read")
    INGEST = "ingest", _("ingest")
    REVIEW = "review", _("review")


class AttemptKind(TextChoices):
    """What somebody may try to guess."""

    TOKEN = "token", _("token")


DONE_STATUSES = (AnalysisStatus.COMPLETED, AnalysisStatus.CACHED)
WAITING_STATUSES = (AnalysisStatus.PENDING, AnalysisStatus.PROCESSING)

TEXT_LENGTH_MAX = 10_000
TEXT_HASH_LENGTH = 64
BATCH_NAME_LENGTH_MAX = 200
MODEL_NAME_LENGTH_MAX = 100
PERFORMANCE_NAME_LENGTH_MAX = 200
PERFORMANCE_VERSION_LENGTH_MAX = 50
PERFORMANCE_TYPE_LENGTH_MAX = 50
LANGUAGE_CODE_LENGTH_MAX = 10
EXTERNAL_ID_LENGTH_MAX = 200
REJECTED_RAW_BYTES_MAX = 64 * 1024
ERRORS_SHOWN_MAX = 100

SENTIMENT_BOUNDS = (-1.0, 1.0)
QUALITY_BOUNDS = (0.0, 1.0)
CONFIDENCE_BOUNDS = (0.0, 1.0)
EMOTION_BOUNDS = (0.0, 1.0)
READABILITY_BOUNDS = (0.0, 100.0)
PROCESSING_TIME_MS_BOUNDS = (0.0, 86_400_000.0)
MEASURE_BOUNDS = (0.0, 1.0)
PERCENT_BOUNDS = (0.0, 100.0)
MEMORY_MB_BOUNDS = (0.0, 1_000_000_000.0)

# Dates outside these years break list pages in western zones (a year 9999) or mean a parsing mistake.
DATE_BOUNDS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))

RESULT_FIELD_BY_TYPE: Mapping[str, str] = {
    AnalysisType.SENTIMENT: "sentiment_score",
    AnalysisType.QUALITY: "quality_score",
    AnalysisType.EMOTION: "emotion_scores",
    AnalysisType.LANGUAGE: "language_detected",
    AnalysisType.KEYWORDS: "keywords",
    AnalysisType.READABILITY: "readability_score",
    AnalysisType.ENTITIES: "entities",
    AnalysisType.TOPICS: "topics",
}

# The scores that have a histogram: analysis type -> (column, lower bound, upper bound).
SCORE_BY_TYPE: Mapping[str, tuple[str, float, float]] = {
    AnalysisType.SENTIMENT: ("sentiment_score", *SENTIMENT_BOUNDS),
    AnalysisType.QUALITY: ("quality_score", *QUALITY_BOUNDS),
    AnalysisType.READABILITY: ("readability_score", *READABILITY_BOUNDS),
}
SCORE_BINS = 20

# What the owner of a token must be allowed to do for its scopes to count.
PERMISSION_BY_SCOPE: Mapping[str, str] = {
    TokenScope.READ: "view_textanalysis",
    TokenScope.INGEST: "add_textanalysis",
    TokenScope.REVIEW: "change_textanalysis",
}
TOKEN_NAME_LENGTH_MAX = 100
TOKEN_DAYS = (7, 30, 90, 365)
TOKEN_DAYS_DEFAULT = 90
TOKENS_MAX = 50
VIEW_NAME_LENGTH_MAX = 100
# With its page and number it fits the 4,094 letters that gunicorn takes for an address.
VIEW_QUERY_LENGTH_MAX = 3_000
VIEWS_MAX = 100
# Each is counted when the home page is opened.
PINNED_VIEWS_MAX = 6
# Failures of one address within a window that are answered as such.
ATTEMPTS_MAX = 20
ATTEMPT_WINDOW_SECONDS = 60
IDEMPOTENCY_KEY_LENGTH_MAX = 200
IDEMPOTENCY_HOURS = 24

CHUNK_ROWS = 500
JOB_ATTEMPTS_MAX = 3
LIST_MATCHES_MAX = 10_000
PAGE_ROWS = 50

# What a download may hold; the worker makes the file of more, except that XLSX ends there.
EXPORT_STREAM_ROWS_MAX = 1_000_000
EXPORT_XLSX_ROWS_MAX = 100_000
# The worker's file can be fetched for so long; nobody has more of them in the making.
EXPORT_HOURS = 24
EXPORTS_OPEN_MAX = 5

# The fixed columns of an export, in order; the file's own follow. A file that begins with them is an export of ours.
EXPORT_COLUMNS = (
    "id",
    "external_id",
    "batch",
    "line_number",
    "analysis_type",
    "status",
    "optimization_tier",
    "text_content",
    "occurred_at",
    "sentiment_score",
    "quality_score",
    "readability_score",
    "emotion_scores",
    "language_detected",
    "keywords",
    "entities",
    "topics",
    "confidence_score",
    "processing_time_ms",
    "model_used",
    "error_message",
    "corrected",
    "created_at",
    "processed_at",
)
