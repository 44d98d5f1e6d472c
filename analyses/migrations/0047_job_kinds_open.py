"""Take away the list of what jobs may do, to be made anew with one more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("analyses", "0046_search_index")]

    operations = [migrations.RemoveConstraint(model_name="job", name="job_kind_allowed")]
