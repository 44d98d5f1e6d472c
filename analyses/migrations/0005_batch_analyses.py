"""Create the table batch_analyses."""

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0004_rejected_lines"),
        ("auth", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="BatchAnalysis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("batch_name", models.CharField(max_length=200, verbose_name="name")),
                ("batch_size", models.IntegerField(default=0, verbose_name="texts")),
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
                ("completed_count", models.IntegerField(default=0, verbose_name="done")),
                ("error_count", models.IntegerField(default=0, verbose_name="failed")),
                (
                    "total_processing_time_ms",
                    models.FloatField(blank=True, null=True, verbose_name="total processing time (ms)"),
                ),
                (
                    "avg_processing_time_ms",
                    models.FloatField(blank=True, null=True, verbose_name="mean processing time (ms)"),
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
                        db_index=True,
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "started_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="first result"),
                ),
                (
                    "completed_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="finished"),
                ),
                (
                    "cancelled_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="cancelled"),
                ),
                (
                    "deleted_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="deleted"),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="started by",
                    ),
                ),
                (
                    "source_import",
                    models.ForeignKey(
                        blank=True,
                        db_column="import_id",
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="batches",
                        to="analyses.import",
                        verbose_name="import",
                    ),
                ),
            ],
            options={
                "verbose_name": "batch analysis",
                "verbose_name_plural": "batch analyses",
                "db_table": "batch_analyses",
                "ordering": ("-id",),
                "permissions": (("run_batchanalysis", "Can cancel, resume and retry batches"),),
                "constraints": [
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
                        name="batch_type_allowed",
                        violation_error_message="This value is not one of the allowed ones.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ("pending", "processing", "completed", "cached", "error"))
                        ),
                        name="batch_status_allowed",
                        violation_error_message="This value is not one of the allowed ones.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("optimization_tier__in", ("basic", "standard", "advanced", "ultra"))
                        ),
                        name="batch_tier_allowed",
                        violation_error_message="This value is not one of the allowed ones.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("batch_size__gte", 0)),
                        name="batch_size_not_negative",
                        violation_error_message="This number must not be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("completed_count__gte", 0)),
                        name="batch_completed_not_negative",
                        violation_error_message="This number must not be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("error_count__gte", 0)),
                        name="batch_error_not_negative",
                        violation_error_message="This number must not be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "batch_size__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("completed_count"), "+", models.F("error_count")
                                ),
                            )
                        ),
                        name="batch_counts_within_size",
                        violation_error_message="Done and failed together must not exceed the number of texts.",
                    ),
                ],
            },
        ),
    ]
