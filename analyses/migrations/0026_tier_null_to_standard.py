"""Give rows without a tier, which tables older than the NOT NULL rule may hold, the tier standard."""

from django.db import migrations
from django.db.models.lookups import IsNull
from django.db.models import F

CHUNK_ROWS = 2000


def fill_tiers(apps, schema_editor):
    """Fill in chunks that stand by themselves: a run that was killed goes on where it stopped."""
    alias = schema_editor.connection.alias
    for model_name in ("BatchAnalysis", "TextAnalysis"):
        rows = apps.get_model("analyses", model_name).objects.using(alias)
        # As an expression: the model says NOT NULL, and nothing may conclude from it that there are none.
        without = rows.filter(IsNull(F("optimization_tier"), True)).order_by()
        while ids := list(without.values_list("pk", flat=True)[:CHUNK_ROWS]):
            rows.filter(pk__in=ids).update(optimization_tier="standard")


class Migration(migrations.Migration):
    dependencies = [("analyses", "0025_roles")]
    atomic = False
    # What a backup before this migration must hold.
    touched_tables = ("batch_analyses", "text_analyses")

    operations = [migrations.RunPython(fill_tiers, migrations.RunPython.noop)]
