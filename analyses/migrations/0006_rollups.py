"""Create the table rollups."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0005_batch_analyses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rollup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("analysis_type", models.CharField(max_length=50)),
                ("status", models.CharField(max_length=20)),
                ("optimization_tier", models.CharField(max_length=20)),
                ("model_used", models.CharField(blank=True, default="", max_length=100)),
                ("score_bin", models.SmallIntegerField(default=-1)),
                ("count", models.BigIntegerField()),
                ("score_micros", models.BigIntegerField(default=0)),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="analyses.batchanalysis",
                    ),
                ),
            ],
            options={
                "verbose_name": "rollup",
                "verbose_name_plural": "rollups",
                "db_table": "rollups",
            },
        ),
    ]
