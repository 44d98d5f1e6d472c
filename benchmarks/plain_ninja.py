"""The API that anybody would write first, to measure ours against: django-ninja, the ORM, a cached dict; no checks.

And the same answers by views without either, one statement each: what no API on this server and database can pass.
"""

import hashlib
import os

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="benchmark" * 8,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ.get("PLAIN_HOST", ""),
            "PORT": os.environ.get("PLAIN_PORT", ""),
            "USER": os.environ.get("PLAIN_USER", ""),
            "NAME": os.environ.get("PLAIN_NAME", ""),
            "CONN_MAX_AGE": None,
        }
    },
    CACHES={
        "default": {
            "BACKEND": "django_redis.cache.RedisCache"
            if os.environ.get("PLAIN_REDIS")
            else "django.core.cache.backends.dummy.DummyCache",
            "LOCATION": os.environ.get("PLAIN_REDIS", ""),
            "KEY_PREFIX": "plain",
        }
    },
)
django.setup()

from datetime import datetime  # noqa: E402
from typing import Any  # noqa: E402

import orjson  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import get_object_or_404  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from ninja import NinjaAPI, Schema  # noqa: E402


class Analysis(models.Model):
    """The documented columns of the table that ours made."""

    text_content = models.TextField()
    text_hash = models.CharField(max_length=64)
    content_length = models.IntegerField()
    analysis_type = models.CharField(max_length=50)
    status = models.CharField(max_length=20, default="pending")
    sentiment_score = models.FloatField(null=True)
    quality_score = models.FloatField(null=True)
    emotion_scores = models.JSONField(null=True)
    language_detected = models.CharField(max_length=10, null=True)
    keywords = models.JSONField(null=True)
    readability_score = models.FloatField(null=True)
    entities = models.JSONField(null=True)
    topics = models.JSONField(null=True)
    processing_time_ms = models.FloatField(null=True)
    model_used = models.CharField(max_length=100, null=True)
    confidence_score = models.FloatField(null=True)
    optimization_tier = models.CharField(max_length=20, default="standard")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    processed_at = models.DateTimeField(null=True)
    retry_count = models.IntegerField(default=0)
    external_id = models.CharField(max_length=255, default="")
    extra = models.JSONField(default=dict)

    class Meta:
        app_label = "plain"
        db_table = "text_analyses"
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


class AnalysisIn(Schema):
    """What is posted."""

    text_content: str
    analysis_type: str
    optimization_tier: str = "standard"


class AnalysisOut(Schema):
    """What is answered."""

    id: int
    text_content: str
    analysis_type: str
    status: str
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
    optimization_tier: str
    created_at: datetime
    updated_at: datetime
    processed_at: datetime | None


api = NinjaAPI()


@api.get("/analyses/{analysis_id}", response=AnalysisOut)
def get(request: HttpRequest, analysis_id: int) -> Any:
    return get_object_or_404(Analysis, pk=analysis_id)


@api.get("/cached/{analysis_id}", response=AnalysisOut)
def get_cached(request: HttpRequest, analysis_id: int) -> Any:
    found = cache.get(f"analysis:{analysis_id}")
    if found is None:
        found = AnalysisOut.from_orm(get_object_or_404(Analysis, pk=analysis_id)).model_dump()
        cache.set(f"analysis:{analysis_id}", found, 3600)
    return found


@api.post("/analyses", response={201: AnalysisOut})
def create(request: HttpRequest, body: AnalysisIn) -> Any:
    text_hash = hashlib.sha256(body.text_content.encode()).hexdigest()
    row = Analysis.objects.filter(text_hash=text_hash, analysis_type=body.analysis_type).first()
    if row is None:
        row = Analysis.objects.create(
            text_hash=text_hash, content_length=len(body.text_content), **body.model_dump()
        )
    return 201, row


@api.post("/bulk", response=int)
def create_many(request: HttpRequest, body: list[AnalysisIn]) -> Any:
    rows = [
        Analysis(
            text_hash=hashlib.sha256(one.text_content.encode()).hexdigest(),
            content_length=len(one.text_content),
            **one.model_dump(),
        )
        for one in body
    ]
    return len(Analysis.objects.bulk_create(rows))


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"hello")


OUT = tuple(AnalysisOut.model_fields)
SELECT = f"SELECT {', '.join(OUT)} FROM text_analyses WHERE id = %s"
NEW = (
    "text_content",
    "text_hash",
    "content_length",
    "analysis_type",
    "status",
    "optimization_tier",
    "retry_count",
    "external_id",
    "extra",
    "created_at",
    "updated_at",
)
INSERT = (
    f"INSERT INTO text_analyses ({', '.join(NEW)}) VALUES"
    " (%s, %s, %s, %s, 'pending', 'standard', 0, '', '{}', now(), now())"
    f" RETURNING {', '.join(OUT)}"
)


def bare(request: HttpRequest, analysis_id: int) -> HttpResponse:
    return answer(SELECT, [analysis_id])


@csrf_exempt
def bare_new(request: HttpRequest) -> HttpResponse:
    body = orjson.loads(request.body)
    text = body["text_content"]
    text_hash = hashlib.sha256(text.encode()).hexdigest()
    return answer(INSERT, [text, text_hash, len(text), body["analysis_type"]], status=201)


def answer(sql: str, parameters: list[Any], *, status: int = 200) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    assert row
    content = orjson.dumps(dict(zip(OUT, row, strict=True)))
    return HttpResponse(content, status=status, content_type="application/json")


urlpatterns = [
    path("hello", hello),
    path("api/", api.urls),
    path("bare/<int:analysis_id>", bare),
    path("bare", bare_new),
]
application = get_wsgi_application()
