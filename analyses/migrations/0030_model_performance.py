"""Create the table model_performance."""

import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0029_idempotency_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelPerformance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("model_name", models.CharField(max_length=200, verbose_name="model")),
                ("model_version", models.CharField(max_length=50, verbose_name="version")),
                ("model_type", models.CharField(max_length=50, verbose_name="type")),
                ("avg_processing_time_ms", models.FloatField(verbose_name="mean processing time (ms)")),
                ("total_requests", models.BigIntegerField(default=0, verbose_name="requests")),
                ("successful_requests", models.BigIntegerField(default=0, verbose_name="successes")),
                ("error_count", models.BigIntegerField(default=0, verbose_name="errors")),
                ("accuracy_score", models.FloatField(blank=True, null=True, verbose_name="accuracy")),
                ("precision_score", models.FloatField(blank=True, null=True, verbose_name="precision")),
                ("recall_score", models.FloatField(blank=True, null=True, verbose_name="recall")),
                ("f1_score", models.FloatField(blank=True, null=True, verbose_name="F1")),
                ("memory_usage_mb", models.FloatField(blank=True, null=True, verbose_name="memory (MB)")),
                ("gpu_usage_percent", models.FloatField(blank=True, null=True, verbose_name="GPU (%)")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_index=True,
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="first used",
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last used")),
            ],
            options={
                "verbose_name": "model performance",
                "verbose_name_plural": "model performance",
                "db_table": "model_performance",
                "ordering": ("model_type", "model_name", "model_version", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("model_name", "model_version", "model_type"), name="uniq_model_performance"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("avg_processing_time_ms__isnull", True),
                            models.Q(
                                ("avg_processing_time_ms__gte", 0.0),
                                ("avg_processing_time_ms__lte", 86400000.0),
                            ),
                            _connector="OR",
                        ),
                        name="model_time_range",
                        violation_error_message="This number must lie between 0.0 and 86400000.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("successful_requests__gte", 0)),
                        name="model_successes_not_negative",
                        violation_error_message="This number must not be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("error_count__gte", 0)),
                        name="model_errors_not_negative",
                        violation_error_message="This number must not be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total_requests",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("successful_requests"), "+", models.F("error_count")
                                ),
                            )
                        ),
                        name="model_requests_add_up",
                        violation_error_message="Requests must be successes and errors together.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accuracy_score__isnull", True),
                            models.Q(("accuracy_score__gte", 0.0), ("accuracy_score__lte", 1.0)),
                            _connector="OR",
                        ),
                        name="model_accuracy_range",
                        violation_error_message="This number must lie between 0.0 and 1.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("precision_score__isnull", True),
                            models.Q(("precision_score__gte", 0.0), ("precision_score__lte", 1.0)),
                            _connector="OR",
                        ),
                        name="model_precision_range",
                        violation_error_message="This number must lie between 0.0 and 1.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("recall_score__isnull", True),
                            models.Q(("recall_score__gte", 0.0), ("recall_score__lte", 1.0)),
                            _connector="OR",
                        ),
                        name="model_recall_range",
                        violation_error_message="This number must lie between 0.0 and 1.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("f1_score__isnull", True),
                            models.Q(("f1_score__gte", 0.0), ("f1_score__lte", 1.0)),
                            _connector="OR",
                        ),
                        name="model_f1_range",
                        violation_error_message="This number must lie between 0.0 and 1.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("memory_usage_mb__isnull", True),
                            models.Q(("memory_usage_mb__gte", 0.0), ("memory_usage_mb__lte", 1000000000.0)),
                            _connector="OR",
                        ),
                        name="model_memory_range",
                        violation_error_message="This number must lie between 0.0 and 1000000000.0.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("gpu_usage_percent__isnull", True),
                            models.Q(("gpu_usage_percent__gte", 0.0), ("gpu_usage_percent__lte", 100.0)),
                            _connector="OR",
                        ),
                        name="model_gpu_range",
                        violation_error_message="This number must lie between 0.0 and 100.0.",
                    ),
                ],
            },
        ),
    ]
