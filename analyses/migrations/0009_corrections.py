"""Create the table corrections."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0008_text_analyses"),
        ("auth", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=40, verbose_name="field")),
                ("model_value", models.JSONField(null=True, verbose_name="the model said")),
                ("human_value", models.JSONField(null=True, verbose_name="corrected to")),
                ("reason", models.TextField(blank=True, default="", verbose_name="reason")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="when"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "analysis",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="analyses.textanalysis",
                        verbose_name="analysis",
                    ),
                ),
            ],
            options={
                "verbose_name": "correction",
                "verbose_name_plural": "corrections",
                "db_table": "corrections",
                "ordering": ("-id",),
                "constraints": [
                    models.UniqueConstraint(fields=("analysis", "field"), name="uniq_analysis_field")
                ],
            },
        ),
    ]
