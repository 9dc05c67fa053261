"""Organizations keep refusing what they refused when tolerances are added or split.

`create-by-filter` is two tolerances now. An organization that refused every one, as `change_policies --strict` does,
refuses the new ones too.
"""

from django.db import migrations

KNOWN = [
    "boolean-as-string",
    "create-by-filter",
    "dotted-key",
    "many-for-single",
    "number-as-string",
    "operation-case",
    "patch-without-schemas",
    "reference-as-string",
    "remove-with-value",
    "single-for-many",
    "unknown-attribute",
    "unknown-member",
]
ADDED = ["blank-element", "empty-path", "json-as-string", "resource-schemas", "urn-with-dot"]
SPLIT = """
UPDATE controlhub_organization SET refused_tolerances =
    array_remove(refused_tolerances, 'create-by-filter') || ARRAY['add-by-filter', 'replace-by-filter']
WHERE 'create-by-filter' = ANY(refused_tolerances)
"""
STRICT = f"""
UPDATE controlhub_organization SET refused_tolerances = refused_tolerances || ARRAY{ADDED}
WHERE refused_tolerances @> ARRAY{KNOWN}
"""


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0041_explicit_active")]
    operations = [
        migrations.RunSQL(STRICT, migrations.RunSQL.noop),
        migrations.RunSQL(SPLIT, migrations.RunSQL.noop),
    ]
