"""Let workers index the texts that are there already."""

from django.db import migrations
from django.db.models import Max

KIND = "index_texts"
RANGE_ROWS = 5000


def enqueue(apps, schema_editor):
    """Cut the ids into jobs; texts that have a document are passed over, so repeating is safe."""
    alias = schema_editor.connection.alias
    Job = apps.get_model("analyses", "Job")
    rows = apps.get_model("analyses", "TextAnalysis").objects.using(alias)
    last_id = rows.aggregate(last=Max("pk"))["last"] or 0
    Job.objects.using(alias).bulk_create(
        Job(kind=KIND, arguments={"first_id": first, "last_id": first + RANGE_ROWS - 1, "rows": RANGE_ROWS})
        for first in range(1, last_id + 1, RANGE_ROWS)
    )


def forget(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("analyses", "Job").objects.using(alias).filter(kind=KIND).delete()


class Migration(migrations.Migration):
    dependencies = [("analyses", "0048_job_kind_index_texts")]
    touched_tables = ("jobs",)

    operations = [migrations.RunPython(enqueue, forget)]
