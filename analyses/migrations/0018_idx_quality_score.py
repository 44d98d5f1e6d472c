"""Create the index idx_quality_score; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0017_idx_sentiment_score"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["quality_score", "id"], name="idx_quality_score"),
        ),
    ]
