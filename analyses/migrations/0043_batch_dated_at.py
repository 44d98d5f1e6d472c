"""Create the index idx_batch_dated_at; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0042_job_kind_allowed"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["batch_analysis", "dated_at", "id"], name="idx_batch_dated_at"),
        ),
    ]
