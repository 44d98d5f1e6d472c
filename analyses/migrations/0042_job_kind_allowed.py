"""Allow the jobs that copy rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0041_remove_job_kind_allowed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="kind",
            field=models.CharField(
                choices=[
                    ("import_file", "read an imported file"),
                    ("analyse_chunk", "analyse a chunk of rows"),
                    ("export", "write the file of an export"),
                    ("copy_rows", "copy rows to be analysed again"),
                ],
                max_length=30,
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("import_file", "analyse_chunk", "export", "copy_rows"))),
                name="job_kind_allowed",
                violation_error_message="This value is not one of the allowed ones.",
            ),
        ),
    ]
