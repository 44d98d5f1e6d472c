"""What goes in and what comes out, as the OpenAPI document has it.

What comes in is checked here for its form and by the services for its sense. Unknown fields are refused: whoever
misspells one, or hopes to set an owner, shall know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from analyses import choices, results
from analyses.queries.filter_fields import ID_MAX
from analyses.services import batch_texts, updates

AnalysisType = Literal[
    "sentiment", "quality", "emotion", "language", "keywords", "readability", "entities", "topics"
]
Status = Literal["pending", "processing", "completed", "cached", "error"]
Tier = Literal["basic", "standard", "advanced", "ultra"]
State = Literal["waiting", "reading", "running", "cancelled", "completed", "completed with errors", "failed"]
BatchOrder = Literal["created_at", "id", "batch_name", "batch_size", "completed_count", "error_count"]
Id = Annotated[int, Field(ge=1, le=ID_MAX)]
Text = Annotated[str, Field(min_length=1, max_length=choices.TEXT_LENGTH_MAX)]
ShortText = Annotated[str, Field(min_length=1, max_length=results.JSON_CHARACTERS_MAX)]
TextHash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1)]

Sentiment = Annotated[float, Field(ge=choices.SENTIMENT_BOUNDS[0], le=choices.SENTIMENT_BOUNDS[1])]
Readability = Annotated[float, Field(ge=choices.READABILITY_BOUNDS[0], le=choices.READABILITY_BOUNDS[1])]
TimeMs = Annotated[
    float, Field(ge=choices.PROCESSING_TIME_MS_BOUNDS[0], le=choices.PROCESSING_TIME_MS_BOUNDS[1])
]


class Incoming(BaseModel):
    """What a program sends: no unknown field, and nothing turned silently into another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AnalysisIn(Incoming):
    """A text to analyse."""

    text_content: Text
    analysis_type: AnalysisType
    optimization_tier: Tier = "standard"
    settings: dict[str, Any] | None = Field(
        None, alias="model_config", description="Kept with the analysis and given back unchanged."
    )


class BulkLineIn(Incoming):
    """A line of many: the text is checked with the others."""

    text_content: str
    analysis_type: AnalysisType
    optimization_tier: Tier = "standard"


class ResultIn(Incoming):
    """A result, as far as it is known; a field that is not sent stays as it is, and null clears it."""

    sentiment_score: Sentiment | None = None
    quality_score: Share | None = None
    emotion_scores: dict[str, Share] | None = None
    language_detected: (
        Annotated[str, Field(min_length=1, max_length=choices.LANGUAGE_CODE_LENGTH_MAX)] | None
    ) = None
    keywords: Annotated[list[ShortText], Field(max_length=results.JSON_ITEMS_MAX)] | None = None
    readability_score: Readability | None = None
    entities: Annotated[list[dict[str, Any]], Field(max_length=results.JSON_ITEMS_MAX)] | None = None
    topics: Annotated[list[ShortText], Field(max_length=results.JSON_ITEMS_MAX)] | None = None
    processing_time_ms: TimeMs | None = None
    model_used: Annotated[str, Field(min_length=1, max_length=choices.MODEL_NAME_LENGTH_MAX)] | None = None
    confidence_score: Share | None = None
    error_message: Annotated[str, Field(min_length=1, max_length=updates.ERROR_MESSAGE_LENGTH_MAX)] | None = (
        None
    )


class AnalysisUpdateIn(ResultIn):
    """What may change of an analysis."""

    status: Status | None = None


class CorrectionIn(Incoming):
    """A person's value in the place of the model's."""

    value: Any = Field(description="A value of the analysis's own result field.")
    reason: Annotated[str, Field(max_length=2_000)] = ""


class AnalysisOut(BaseModel):
    """An analysis."""

    id: int
    text_content: str
    text_hash: str
    content_length: int
    analysis_type: AnalysisType
    status: Status
    sentiment_score: float | None
    quality_score: float | None
    emotion_scores: dict[str, float] | None
    language_detected: str | None
    keywords: list[str] | None
    readability_score: float | None
    entities: list[dict[str, Any]] | None
    topics: list[str] | None
    processing_time_ms: float | None
    model_used: str | None
    confidence_score: float | None
    optimization_tier: Tier
    settings: dict[str, Any] | None = Field(alias="model_config")
    error_message: str | None
    retry_count: int
    batch_analysis_id: int | None
    line_number: int | None
    external_id: str
    extra: dict[str, Any]
    occurred_at: datetime | None
    created_at: datetime
    updated_at: datetime
    processed_at: datetime | None


class AnalysisListOut(BaseModel):
    """A page of analyses. `after` leads on by key, however far; `total` and `page` only where pages have numbers."""

    items: list[AnalysisOut]
    total: int | None
    page: int | None
    size: int
    has_next: bool
    has_prev: bool
    after: str | None


TEXTS_MAX = 1000


class BatchIn(Incoming):
    """A batch with its texts; one that cannot be kept is told of in the answer and stops no other."""

    batch_name: Annotated[str, Field(min_length=1, max_length=choices.BATCH_NAME_LENGTH_MAX)]
    analysis_type: AnalysisType
    optimization_tier: Tier = "standard"
    settings: dict[str, Any] | None = Field(
        None, alias="model_config", description="Kept with the batch and given back unchanged."
    )
    texts: Annotated[list[str], Field(max_length=TEXTS_MAX)] = []
    batch_size: Annotated[int, Field(ge=0, le=batch_texts.SIZE_MAX)] = Field(
        0, description="Instead of texts: how many there are elsewhere, to be counted by PUT …/progress."
    )


class ProgressIn(Incoming):
    """How many texts of a batch are done and failed."""

    completed_count: Annotated[int, Field(ge=0, le=batch_texts.SIZE_MAX)]
    error_count: Annotated[int, Field(ge=0, le=batch_texts.SIZE_MAX)]


class BatchQuery(BaseModel):
    """Which batches, by page."""

    page: Annotated[int, Field(ge=1, le=choices.LIST_MATCHES_MAX)] | None = None
    size: Annotated[int, Field(ge=1, le=100)] | None = None
    analysis_type: AnalysisType | None = None
    status: Status | None = None
    optimization_tier: Tier | None = None
    order_by: BatchOrder | None = None
    order_desc: bool | None = None

    @property
    def is_by_page(self) -> bool:
        """Tell whether anything was asked."""
        return any(value is not None for value in self.model_dump().values())


class TextsIn(Incoming):
    """More texts for a batch."""

    texts: Annotated[list[str], Field(min_length=1, max_length=TEXTS_MAX)]


class RetryIn(Incoming):
    """Which failed texts to try again."""

    reason: Annotated[str, Field(min_length=1, max_length=updates.ERROR_MESSAGE_LENGTH_MAX)] | None = Field(
        None, description="Only those that failed with exactly this reason; all of them without it."
    )


class BatchOut(BaseModel):
    """A batch: size = done + failed + waiting texts. `state` says in one word where it stands."""

    id: int
    batch_name: str
    batch_size: int
    analysis_type: AnalysisType
    status: Status
    state: State
    completed_count: int
    error_count: int
    waiting_count: int
    total_processing_time_ms: float | None
    avg_processing_time_ms: float | None
    optimization_tier: Tier
    settings: dict[str, Any] | None = Field(alias="model_config")
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None


class RefusedTextOut(BaseModel):
    """A text that was not taken: its place in `texts`, from 0, and why."""

    position: int
    field: str
    reason: str


class PostedBatchOut(BatchOut):
    """A batch as it was posted."""

    refused: list[RefusedTextOut]


class AddedOut(BaseModel):
    """How many texts a batch took, and those that it did not."""

    count: int
    refused: list[RefusedTextOut]


class BatchListOut(BaseModel):
    """Batches, newest first; `after` leads on."""

    items: list[BatchOut]
    total: int
    page: int | None
    size: int
    has_next: bool
    has_prev: bool
    after: int | None


class ProgressOut(BaseModel):
    """Where a batch stands now; `finished` means that nothing will change any more by itself."""

    id: int
    state: State
    size: int
    done: int
    failed: int
    waiting: int
    percent: float
    rows_per_second: float | None
    finish_at: datetime | None
    mean_time_ms: float | None
    finished: bool
    worker_alive: bool


class RetryOut(BaseModel):
    """How many texts wait again."""

    retried: int


class ClaimIn(Incoming):
    """What kind of texts an external engine answers."""

    analysis_type: AnalysisType
    optimization_tier: Tier = "ultra"
    batch_id: Id | None = Field(None, description="Only texts of this batch.")


class ClaimedTextOut(BaseModel):
    """A text to be answered."""

    id: int
    text_content: str


class ClaimOut(BaseModel):
    """Texts that are yours until the lease ends; send id and token with everything about them."""

    id: int
    token: str
    lease_seconds: float
    batch_id: int | None
    texts: list[ClaimedTextOut]


ClaimToken = Annotated[str, Field(min_length=1, max_length=64)]


class HeldIn(Incoming):
    """The token of a claim."""

    token: ClaimToken


class ExternalResultIn(Incoming):
    """A text's result: `value` is what belongs into the field of its type, null when the engine does not know."""

    id: Id
    value: Any = None
    error_message: Annotated[str, Field(min_length=1, max_length=updates.ERROR_MESSAGE_LENGTH_MAX)] | None = (
        None
    )
    confidence_score: Share | None = None
    processing_time_ms: TimeMs | None = None


class ResultsIn(HeldIn):
    """Results of some or all texts of a claim."""

    results: Annotated[list[ExternalResultIn], Field(min_length=1, max_length=choices.CHUNK_ROWS)]
    model_used: Annotated[str, Field(min_length=1, max_length=choices.MODEL_NAME_LENGTH_MAX)] | None = Field(
        None, description="Engine and version; what ULTRA_ENGINES says without it."
    )


class StoredOut(BaseModel):
    """What became of posted results: stored; left alone since somebody else answered; still held by the claim."""

    stored: int
    left_alone: int
    waiting: int


class EngineOut(BaseModel):
    """An engine that answers a type at a tier."""

    analysis_type: AnalysisType
    optimization_tier: Tier
    model_used: str
    languages: list[str]
    is_external: bool


class EngineListOut(BaseModel):
    """Every type and tier that can be asked for."""

    items: list[EngineOut]


class MessageOut(BaseModel):
    """What was done, in words."""

    message: str


class ProblemOut(BaseModel):
    """What went wrong: a word for programs, a sentence for people, when, and the request's id."""

    error: str
    detail: str
    timestamp: datetime
    request_id: str


class FieldErrorOut(BaseModel):
    """A field and what would be right."""

    field: str
    reason: str


class RefusalOut(ProblemOut):
    """What was read and is not allowed, field by field."""

    errors: list[FieldErrorOut]


class DatabaseMetricsOut(BaseModel):
    """Statements of all processes since they are measured; the mean in milliseconds; the time this process is up."""

    total_queries: int
    successful_queries: int
    failed_queries: int
    success_rate: Share
    avg_query_time: float
    uptime_seconds: float


class CacheMetricsOut(BaseModel):
    """Reads of single analyses through Redis; all nought where nothing is cached."""

    size: int
    hits: int
    misses: int
    hit_rate: Share


class HealthMetricsOut(BaseModel):
    """The database as this process last saw it; pool_size is 0 where there is no pool."""

    is_healthy: bool
    connection_count: int
    pool_size: int
    last_check: datetime


class MetricsOut(BaseModel):
    """The fourteen figures."""

    database: DatabaseMetricsOut
    cache: CacheMetricsOut
    health: HealthMetricsOut


class DatabaseHealthOut(BaseModel):
    """How the database answered; avg_query_time in milliseconds."""

    is_healthy: bool
    connection_count: int
    pool_size: int
    avg_query_time: float


class HealthOut(BaseModel):
    """How the site is, with all its figures."""

    status: Literal["healthy", "unhealthy"]
    timestamp: datetime
    version: str
    database: DatabaseHealthOut
    details: dict[str, str]
    performance: MetricsOut


class ExportIn(Incoming):
    """What the worker shall write into a file; the filter is a query string as a list takes it, its days UTC days."""

    filter: Annotated[str, Field(max_length=10_000)] = ""
    format: Literal[tuple(choices.ExportFormat.values)] = "csv"  # type: ignore[valid-type]
    sort: Annotated[str, Field(max_length=50)] = "id"
    columns: Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=1_100)] = []
    manifest: bool = Field(False, description="Pack the file with its manifest into a ZIP.")


class ExportOut(BaseModel):
    """An export: what its file holds, how far it is, and how the file can be checked."""

    id: int
    file: str
    format: str
    state: Literal[tuple(choices.ExportState.values)]  # type: ignore[valid-type]
    filter: str
    sort: str
    columns: list[str]
    zone: str
    exported_by: str | None
    asked_at: datetime
    as_of: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    promised_rows: int | None
    rows: int
    bytes: int
    sha256: str | None
    error: str | None
