"""Create the table rejected_lines."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0003_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="RejectedLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.IntegerField(verbose_name="line")),
                ("column", models.CharField(blank=True, default="", max_length=255, verbose_name="column")),
                ("reason", models.CharField(max_length=255, verbose_name="reason")),
                ("raw", models.BinaryField(verbose_name="as it came")),
                (
                    "source_import",
                    models.ForeignKey(
                        db_column="import_id",
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rejected_lines",
                        to="analyses.import",
                        verbose_name="import",
                    ),
                ),
            ],
            options={
                "verbose_name": "rejected line",
                "verbose_name_plural": "rejected lines",
                "db_table": "rejected_lines",
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(fields=("source_import", "line"), name="uniq_import_line")
                ],
            },
        ),
    ]
