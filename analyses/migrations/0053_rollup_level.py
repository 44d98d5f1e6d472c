"""Tell a row of the rollup that is part of its totals from one that is not yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0052_default_view"),
    ]

    operations = [
        migrations.AddField(
            model_name="rollup",
            name="level",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "delta"), (1, "folded")], db_default=0, default=0
            ),
        ),
    ]
