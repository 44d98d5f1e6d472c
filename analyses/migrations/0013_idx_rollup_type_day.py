"""Create the index idx_rollup_type_day; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0012_idx_job_lease"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="rollup",
            index=models.Index(fields=["analysis_type", "day"], name="idx_rollup_type_day"),
        ),
    ]
