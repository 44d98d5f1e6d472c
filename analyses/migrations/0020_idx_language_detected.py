"""Create the index idx_language_detected; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0019_idx_readability_score"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["language_detected"], name="idx_language_detected"),
        ),
    ]
