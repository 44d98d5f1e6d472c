"""Let Explore begin with a view."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0051_pinned_views"),
    ]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="default_view",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="analyses.savedview",
                verbose_name="Explore begins with",
            ),
        ),
    ]
