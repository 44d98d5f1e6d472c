"""Create the table imports."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0002_workers"),
        ("auth", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("file_name", models.CharField(max_length=255, verbose_name="file")),
                ("stored_name", models.CharField(editable=False, max_length=64, unique=True)),
                ("sha256", models.CharField(db_index=True, editable=False, max_length=64)),
                ("size_bytes", models.BigIntegerField(verbose_name="size (bytes)")),
                ("encoding", models.CharField(max_length=20, verbose_name="encoding")),
                ("delimiter", models.CharField(max_length=1, verbose_name="delimiter")),
                ("header_line", models.IntegerField(default=1, verbose_name="header line")),
                ("columns", models.JSONField(default=list, verbose_name="columns")),
                ("header_hash", models.CharField(db_index=True, editable=False, max_length=64)),
                ("is_export", models.BooleanField(default=False, verbose_name="exported from here")),
                (
                    "text_column",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="text column"),
                ),
                (
                    "id_column",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="id column"),
                ),
                (
                    "date_column",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="date column"),
                ),
                (
                    "date_format",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="date format"),
                ),
                ("zone", models.CharField(blank=True, default="", max_length=64, verbose_name="time zone")),
                ("analysis_types", models.JSONField(default=list, verbose_name="types")),
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "waiting for its columns"),
                            ("queued", "waiting for a worker"),
                            ("reading", "being read"),
                            ("completed", "read"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="uploaded",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("accepted_count", models.IntegerField(default=0, verbose_name="accepted")),
                ("rejected_count", models.IntegerField(default=0, verbose_name="rejected")),
                ("skipped_count", models.IntegerField(default=0, verbose_name="skipped lines")),
                ("last_line", models.IntegerField(default=0, verbose_name="read up to line")),
                ("error_message", models.TextField(blank=True, default="", verbose_name="error")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="uploaded"
                    ),
                ),
                ("completed_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "db_table": "imports",
                "ordering": ("-id",),
                "permissions": (("start_import", "Can import files"),),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("uploaded", "queued", "reading", "completed", "failed", "cancelled"),
                            )
                        ),
                        name="import_state_allowed",
                        violation_error_message="This value is not one of the allowed ones.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("accepted_count__gte", 0)),
                        name="import_accepted_not_negative",
                        violation_error_message="This number must not be negative.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rejected_count__gte", 0)),
                        name="import_rejected_not_negative",
                        violation_error_message="This number must not be negative.",
                    ),
                ],
            },
        ),
    ]
