from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0034_roles_view_models")]

    operations = [
        migrations.CreateModel(
            name="Measurement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("process", models.CharField(max_length=200, verbose_name="process")),
                ("taken_at", models.DateTimeField(db_index=True, verbose_name="taken")),
                ("measured", models.JSONField(verbose_name="measured")),
            ],
            options={
                "verbose_name": "measurement",
                "verbose_name_plural": "measurements",
                "db_table": "measurements",
                "ordering": ("-taken_at", "-id"),
            },
        ),
    ]
