"""Create the table text_analyses."""

import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0007_jobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="TextAnalysis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text_content", models.TextField(verbose_name="text")),
                ("text_hash", models.CharField(editable=False, max_length=64, verbose_name="text hash")),
                ("content_length", models.IntegerField(editable=False, verbose_name="characters")),
                (
                    "analysis_type",
                    models.CharField(
                        choices=[
                            ("sentiment", "sentiment"),
                            ("quality", "quality"),
                            ("emotion", "emotion"),
                            ("language", "language"),
                            ("keywords", "keywords"),
                            ("readability", "readability"),
                            ("entities", "entities"),
                            ("topics", "topics"),
                        ],
                        max_length=50,
                        verbose_name="type",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("processing", "processing"),
                            ("completed", "completed"),
                            ("cached", "cached"),
                            ("error", "error"),
                        ],
                        default="pending",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                (
                    "sentiment_score",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-1.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ],
                        verbose_name="sentiment",
                    ),
                ),
                (
                    "quality_score",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ],
                        verbose_name="quality",
                    ),
                ),
                ("emotion_scores", models.JSONField(blank=True, null=True, verbose_name="emotions")),
                (
                    "language_detected",
                    models.CharField(blank=True, max_length=10, null=True, verbose_name="language"),
                ),
                ("keywords", models.JSONField(blank=True, null=True, verbose_name="keywords")),
                (
                    "readability_score",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(100.0),
                        ],
                        verbose_name="readability",
                    ),
                ),
                ("entities", models.JSONField(blank=True, null=True, verbose_name="entities")),
                ("topics", models.JSONField(blank=True, null=True, verbose_name="topics")),
                (
                    "processing_time_ms",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(86400000.0),
                        ],
                        verbose_name="processing time (ms)",
                    ),
                ),
                ("model_used", models.CharField(blank=True, max_length=100, null=True, verbose_name="model")),
                (
                    "confidence_score",
                    models.FloatField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0.0),
                            django.core.validators.MaxValueValidator(1.0),
                        ],
                        verbose_name="confidence",
                    ),
                ),
                (
                    "optimization_tier",
                    models.CharField(
                        choices=[
                            ("basic", "basic"),
                            ("standard", "standard"),
                            ("advanced", "advanced"),
                            ("ultra", "ultra"),
                        ],
                        default="standard",
                        max_length=20,
                        verbose_name="tier",
                    ),
                ),
                ("model_config", models.JSONField(blank=True, null=True, verbose_name="model settings")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "processed_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="processed"),
                ),
                ("error_message", models.TextField(blank=True, null=True, verbose_name="error")),
                ("retry_count", models.IntegerField(default=0, editable=False, verbose_name="retries")),
                (
                    "line_number",
                    models.IntegerField(blank=True, editable=False, null=True, verbose_name="line"),
                ),
                (
                    "external_id",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="external id"),
                ),
                ("extra", models.JSONField(blank=True, default=dict, verbose_name="the file's own columns")),
                ("occurred_at", models.DateTimeField(blank=True, null=True, verbose_name="written")),
                (
                    "dated_at",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Coalesce(
                            "occurred_at", "created_at"
                        ),
                        output_field=models.DateTimeField(verbose_name="date"),
                    ),
                ),
                (
                    "dedupe_key",
                    models.CharField(blank=True, editable=False, max_length=64, null=True, unique=True),
                ),
                (
                    "deleted_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="deleted"),
                ),
                (
                    "batch_analysis",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="text_analyses",
                        to="analyses.batchanalysis",
                        verbose_name="batch",
                    ),
                ),
                (
                    "source_import",
                    models.ForeignKey(
                        blank=True,
                        db_column="import_id",
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="text_analyses",
                        to="analyses.import",
                        verbose_name="import",
                    ),
                ),
            ],
            options={
                "verbose_name": "text analysis",
                "verbose_name_plural": "text analyses",
                "db_table": "text_analyses",
                "ordering": ("-id",),
                "permissions": (("export_textanalysis", "Can export text analyses"),),
                "constraints": [
                    models.UniqueConstraint(fields=("batch_analysis", "line_number"), name="uniq_batch_line"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "analysis_type__in",
                                (
                                    "sentiment",
                                    "quality",
                                    "emotion",
                                    "language",
                                    "keywords",
                                    "readability",
                                    "entities",
                                    "topics",
                                ),
                            )
                        ),
                        name="text_type_allowed",
                        violation_error_message="This value is not one of the allowed ones.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ("pending", "processing", "completed", "cached", "error"))
                        ),
                        name="text_status_allowed",
                        violation_error_message="This value is not one of the allowed ones.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("optimization_tier__in", ("basic", "standard", "advanced", "ultra"))
                        ),
                        name="text_tier_allowed",
                        violation_error_message="This value is not one of the allowed ones.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("content_length__isnull", True),
                            models.Q(("content_length__gte", 1), ("content_length__lte", 10000)),
                            _connector="OR",
                        ),
                        name="text_length_bounds",
                        violation_error_message="This number must lie between 1 and 10000.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sentiment_score__isnull", True),
                            models.Q(("sentiment_score__gte", -1.0), ("sentiment_score__lte", 1.0)),
                            _connector="OR",
                        ),
                        name="text_sentiment_bounds",
                        violation_error_message="This number must lie between -1.0 and 1.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quality_score__isnull", True),
                            models.Q(("quality_score__gte", 0.0), ("quality_score__lte", 1.0)),
                            _connector="OR",
                        ),
                        name="text_quality_bounds",
                        violation_error_message="This number must lie between 0.0 and 1.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("readability_score__isnull", True),
                            models.Q(("readability_score__gte", 0.0), ("readability_score__lte", 100.0)),
                            _connector="OR",
                        ),
                        name="text_readability_bounds",
                        violation_error_message="This number must lie between 0.0 and 100.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confidence_score__isnull", True),
                            models.Q(("confidence_score__gte", 0.0), ("confidence_score__lte", 1.0)),
                            _connector="OR",
                        ),
                        name="text_confidence_bounds",
                        violation_error_message="This number must lie between 0.0 and 1.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("processing_time_ms__isnull", True),
                            models.Q(
                                ("processing_time_ms__gte", 0.0), ("processing_time_ms__lte", 86400000.0)
                            ),
                            _connector="OR",
                        ),
                        name="text_processing_time_bounds",
                        violation_error_message="This number must lie between 0.0 and 86400000.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("retry_count__gte", 0)),
                        name="text_retries_not_negative",
                        violation_error_message="This number must not be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("created_at__isnull", True),
                            models.Q(
                                (
                                    "created_at__gte",
                                    datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                ),
                                (
                                    "created_at__lt",
                                    datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="text_created_at_bounds",
                        violation_error_message="This date must lie between 1970 and 2200.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("occurred_at__isnull", True),
                            models.Q(
                                (
                                    "occurred_at__gte",
                                    datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                ),
                                (
                                    "occurred_at__lt",
                                    datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="text_occurred_at_bounds",
                        violation_error_message="This date must lie between 1970 and 2200.",
                    ),
                ],
            },
        ),
    ]
