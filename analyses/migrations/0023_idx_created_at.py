"""Create the index idx_created_at; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0022_idx_dated_at"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["created_at", "id"], name="idx_created_at"),
        ),
    ]
