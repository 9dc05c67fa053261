"""Organizations know which of their own attributes nobody is told, so that the audit log does not tell them either."""

import django.contrib.postgres.fields
from django.db import migrations, models


def find(apps, schema_editor):
    """What `controlhub.actions.schemas` keeps from now on."""
    found = {}
    for schema in apps.get_model("controlhub", "CustomSchema").objects.all():
        for attribute in schema.document["attributes"]:
            for part in (attribute, *attribute.get("subAttributes", ())):
                if part.get("returned") == "never":
                    found.setdefault(schema.organization_id, set()).add(part["name"].lower())
    for pk, names in found.items():
        apps.get_model("controlhub", "Organization").objects.filter(pk=pk).update(secret_attributes=sorted(names))


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0027_suffixes")]
    operations = [
        migrations.AddField(
            model_name="organization",
            name="secret_attributes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                default=list,
                help_text="Names, in lower case, of own attributes that nobody is told.",
                size=None,
            ),
        ),
        migrations.RunPython(find, migrations.RunPython.noop),
    ]
