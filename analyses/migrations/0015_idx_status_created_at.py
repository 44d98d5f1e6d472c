"""Create the index idx_status_created_at; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0014_idx_text_hash_analysis_type"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["status", "created_at"], name="idx_status_created_at"),
        ),
    ]
