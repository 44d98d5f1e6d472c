"""Create the index idx_dated_at; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0021_idx_analysis_type_dated_at"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["dated_at", "id"], name="idx_dated_at"),
        ),
    ]
