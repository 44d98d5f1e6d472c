"""Create the index idx_model_used_dated_at; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0043_batch_dated_at"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="textanalysis",
            index=models.Index(fields=["model_used", "dated_at", "id"], name="idx_model_used_dated_at"),
        ),
    ]
