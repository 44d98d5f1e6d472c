"""Create the index idx_batch_status; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0023_idx_created_at"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["batch_analysis", "status"], name="idx_batch_status"),
        ),
    ]
