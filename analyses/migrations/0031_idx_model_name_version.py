"""Create the index idx_model_name_version; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0030_model_performance"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="modelperformance",
            index=models.Index(fields=["model_name", "model_version"], name="idx_model_name_version"),
        ),
    ]
