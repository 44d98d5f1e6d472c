"""Create the index idx_text_hash_analysis_type; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0013_idx_rollup_type_day"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["text_hash", "analysis_type"], name="idx_text_hash_analysis_type"),
        ),
    ]
