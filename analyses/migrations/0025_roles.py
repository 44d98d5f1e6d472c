"""Create the groups Analyst, Editor and Operator with what each may do."""

from django.db import migrations

VIEW = (
    "view_textanalysis",
    "view_batchanalysis",
    "view_import",
    "view_rejectedline",
    "view_correction",
    "export_textanalysis",
)
EDIT = (
    "add_textanalysis",
    "change_textanalysis",
    "delete_textanalysis",
    "change_batchanalysis",
    "delete_batchanalysis",
    "run_batchanalysis",
    "start_import",
)
OPERATE = ("view_worker", "view_job")
PEOPLE = ("add_user", "change_user", "view_user", "view_group")

PERMISSIONS_BY_GROUP = {
    "Analyst": (VIEW, ()),
    "Editor": (VIEW + EDIT, ()),
    "Operator": (VIEW + EDIT + OPERATE, PEOPLE),
}
NAMES = {
    "export_textanalysis": "Can export text analyses",
    "run_batchanalysis": "Can cancel, resume and retry batches",
    "start_import": "Can import files",
}
VERBOSE = {
    "textanalysis": "text analysis",
    "batchanalysis": "batch analysis",
    "import": "import",
    "rejectedline": "rejected line",
    "correction": "correction",
    "worker": "worker",
    "job": "job",
    "user": "user",
    "group": "group",
}


def _permission(apps, alias, app_label, codename):
    """Get or make a permission: Django itself makes them only after the last migration."""
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    model = codename.rpartition("_")[2]
    content_type, _ = content_types.get_or_create(app_label=app_label, model=model)
    name = NAMES.get(codename) or f"Can {codename.partition('_')[0]} {VERBOSE[model]}"
    permission, _ = permissions.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return permission


def create_groups(apps, schema_editor):
    alias = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(alias)
    for name, (ours, people) in PERMISSIONS_BY_GROUP.items():
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(
            *(_permission(apps, alias, "analyses", codename) for codename in ours),
            *(_permission(apps, alias, "auth", codename) for codename in people),
        )


def delete_groups(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=PERMISSIONS_BY_GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0024_idx_batch_status"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_groups, delete_groups)]
