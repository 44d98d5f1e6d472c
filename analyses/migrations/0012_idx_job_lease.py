"""Create the index idx_job_lease; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0011_idx_job_claim"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["state", "lease_until"], name="idx_job_lease"),
        ),
    ]
