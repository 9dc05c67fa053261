"""The owner of users who exist already, where the audit log is certain: docs/decisions/0032.

The last client that set the user's externalId, or else the client that created the user, used a token that is still
known and belongs to a connection. Everybody else stays without an owner until a connection sets their externalId.
Runs in batches, each in a transaction of its own, and can be interrupted and run again.
"""

from uuid import UUID

from django.db import migrations

BATCH = 5_000
END_OF_BATCH = """
SELECT id FROM (SELECT id FROM controlhub_user WHERE id > %s ORDER BY id LIMIT %s) AS batch ORDER BY id DESC LIMIT 1
"""
FILL = """
UPDATE controlhub_user u SET connection_id = t.connection_id
FROM controlhub_user own CROSS JOIN LATERAL (
    SELECT actor_id FROM audit_auditevent e
    WHERE e.organization_id = own.organization_id AND e.target_id = own.id::text AND e.actor_kind = 'client'
    AND (e.action = 'user.created' OR e.changes @? '$[*] ? (@.attribute == "externalId" && @.new != null)')
    ORDER BY e.created_at DESC, e.id DESC LIMIT 1
) AS event JOIN controlhub_accesstoken t ON t.id::text = event.actor_id
WHERE own.id > %s AND own.id <= %s AND own.connection_id IS NULL AND t.connection_id IS NOT NULL
AND u.id = own.id AND u.connection_id IS NULL
"""


def fill(apps, schema_editor):
    last = UUID(int=0)
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(END_OF_BATCH, [last, BATCH])
            found = cursor.fetchone()
            if found is None:
                return
            cursor.execute(FILL, [last, found[0]])
            last = found[0]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("controlhub", "0034_owner_of_users"), ("audit", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
