"""Find the rows of the rollup that are not part of its totals yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0053_rollup_level"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="rollup",
            index=models.Index(fields=["level"], name="idx_rollup_level"),
        ),
    ]
