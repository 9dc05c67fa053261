"""The secret attributes of schemas that are registered already, as `controlhub.actions.schemas` finds them."""

from django.db import migrations


def find(apps, schema_editor):
    found = {}
    for schema in apps.get_model("controlhub", "CustomSchema").objects.all():
        for attribute in schema.document["attributes"]:
            path = f"{schema.urn}:{attribute['name']}"
            parts = {path: attribute} | {f"{path}.{sub['name']}": sub for sub in attribute.get("subAttributes", ())}
            secret = {path.lower() for path, part in parts.items() if part.get("returned") == "never"}
            found.setdefault(schema.organization_id, set()).update(secret)
    for pk, paths in found.items():
        apps.get_model("controlhub", "Organization").objects.filter(pk=pk).update(secret_attributes=sorted(paths))


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0030_secret_attributes")]
    operations = [migrations.RunPython(find, migrations.RunPython.noop)]
