"""Create the index idx_tier_processing_time; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0015_idx_status_created_at"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(
                fields=["optimization_tier", "processing_time_ms"], name="idx_tier_processing_time"
            ),
        ),
    ]
