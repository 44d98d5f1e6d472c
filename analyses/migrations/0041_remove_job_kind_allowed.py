"""Take the list of kinds of jobs away, to be put back longer; one DDL step a migration, for MariaDB commits each."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0040_imports_source_query"),
    ]

    operations = [migrations.RemoveConstraint(model_name="job", name="job_kind_allowed")]
