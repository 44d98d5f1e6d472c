"""Create the table rollup_totals; workers fill it as they fold, and until then readers sum the rollup itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0054_rollup_level_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="RollupTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(null=True)),
                ("analysis_type", models.CharField(blank=True, default="", max_length=50)),
                ("status", models.CharField(blank=True, default="", max_length=20)),
                ("score_bin", models.SmallIntegerField(default=-1)),
                ("count", models.BigIntegerField()),
                ("score_micros", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "total of the rollup",
                "verbose_name_plural": "totals of the rollup",
                "db_table": "rollup_totals",
                "default_permissions": (),
            },
        ),
    ]
