"""Create the index idx_job_claim; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0010_idx_batch_status_completed_at"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["state", "-priority", "id"], name="idx_job_claim"),
        ),
    ]
