"""Make the table of what the search knows of each text."""

import django.db.models.deletion
from django.db import migrations, models

import analyses.models.search_documents


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0044_model_used_dated_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "analysis",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_document",
                        serialize=False,
                        to="analyses.textanalysis",
                    ),
                ),
                ("words", analyses.models.search_documents.WordsField(verbose_name="words")),
            ],
            options={
                "verbose_name": "search document",
                "verbose_name_plural": "search documents",
                "db_table": "search_documents",
                "ordering": ("analysis",),
                "default_permissions": (),
            },
        ),
    ]
