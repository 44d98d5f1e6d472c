"""Create the index idx_batch_status_completed_at; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0009_corrections"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="batchanalysis",
            index=models.Index(fields=["status", "completed_at"], name="idx_batch_status_completed_at"),
        ),
    ]
