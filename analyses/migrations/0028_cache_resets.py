import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analyses", "0027_api_tokens")]

    operations = [
        migrations.CreateModel(
            name="CacheReset",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                (
                    "closed_until",
                    models.DateTimeField(editable=False, null=True, verbose_name="closed until"),
                ),
            ],
            options={
                "verbose_name": "cache reset",
                "verbose_name_plural": "cache resets",
                "db_table": "cache_resets",
            },
        ),
    ]
