"""Documents say whether a user is Active, and name no manager without a value: as filters have it (decision 0009).

Rows that differ are few. They are found in one pass, some at a time, and none is locked longer than its own update.
"""

import json

from django.db import migrations

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ROWS = 1_000
FIND = """
SELECT id, version, active, document::text FROM controlhub_user
WHERE id > %s AND (NOT jsonb_exists(document::jsonb, 'active') OR document::jsonb #>> ARRAY[%s, 'manager', 'value'] = '')
ORDER BY id LIMIT %s
"""
CHANGE = """
UPDATE controlhub_user SET document = %s::json, version = version + 1, modified_at = STATEMENT_TIMESTAMP()
WHERE id = %s AND version = %s
"""


def corrected(document, active):
    document = {"schemas": document["schemas"], "active": active, **document}
    extension = document.get(ENTERPRISE, {})
    if extension.get("manager", {}).get("value") == "":
        del extension["manager"]
    if not extension:
        document.pop(ENTERPRISE, None)
        document["schemas"] = [urn for urn in document["schemas"] if urn != ENTERPRISE]
    return document


def correct(apps, schema_editor):
    last = "00000000-0000-0000-0000-000000000000"
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(FIND, (last, ENTERPRISE, ROWS))
            rows = cursor.fetchall()
            for pk, version, active, text in rows:
                document = json.dumps(corrected(json.loads(text), active), ensure_ascii=False, separators=(",", ":"))
                cursor.execute(CHANGE, (document, pk, version))
            if len(rows) < ROWS:
                return
            last = rows[-1][0]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("controlhub", "0037_typed_addresses")]
    operations = [migrations.RunPython(correct, migrations.RunPython.noop)]
