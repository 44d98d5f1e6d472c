"""Let all three groups see how the models did."""

from django.db import migrations

GROUPS = ("Analyst", "Editor", "Operator")
CODENAME = "view_modelperformance"


def grant(apps, schema_editor):
    alias = schema_editor.connection.alias
    content_type, _ = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(alias)
        .get_or_create(app_label="analyses", model="modelperformance")
    )
    # Django itself makes permissions only after the last migration.
    permission, _ = (
        apps.get_model("auth", "Permission")
        .objects.using(alias)
        .get_or_create(
            content_type=content_type,
            codename=CODENAME,
            defaults={"name": "Can view model performance"},
        )
    )
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=GROUPS):
        group.permissions.add(permission)


def revoke(apps, schema_editor):
    alias = schema_editor.connection.alias
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=GROUPS):
        group.permissions.remove(*group.permissions.filter(codename=CODENAME))


class Migration(migrations.Migration):
    dependencies = [
        ("analyses", "0033_idx_accuracy_score"),
        ("analyses", "0025_roles"),
    ]

    operations = [migrations.RunPython(grant, revoke)]
