"""Create the index idx_sentiment_score; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0016_idx_tier_processing_time"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["sentiment_score", "id"], name="idx_sentiment_score"),
        ),
    ]
