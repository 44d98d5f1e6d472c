"""Create the index idx_accuracy_score; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0032_idx_model_type_performance"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="modelperformance",
            index=models.Index(fields=["accuracy_score"], name="idx_accuracy_score"),
        ),
    ]
