"""Note the filter whose rows an import copied; the default is the database's, for the code before knows no such column."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0039_job_kinds"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="source_query",
            field=models.TextField(
                blank=True, db_default="", default="", editable=False, verbose_name="rows of"
            ),
        ),
    ]
