"""Create the index idx_model_type_performance; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0031_idx_model_name_version"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="modelperformance",
            index=models.Index(
                fields=["model_type", "avg_processing_time_ms"], name="idx_model_type_performance"
            ),
        ),
    ]
