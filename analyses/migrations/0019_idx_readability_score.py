"""Create the index idx_readability_score; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0018_idx_quality_score"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["readability_score", "id"], name="idx_readability_score"),
        ),
    ]
