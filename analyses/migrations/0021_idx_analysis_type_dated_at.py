"""Create the index idx_analysis_type_dated_at; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0020_idx_language_detected"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["analysis_type", "dated_at", "id"], name="idx_analysis_type_dated_at"),
        ),
    ]
