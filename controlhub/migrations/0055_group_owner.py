"""The connection that owns a group (docs/decisions/0032)."""

import django.db.models.deletion
from django.db import migrations, models

# Only where the log is certain: the token that created the group is still stored and belongs to a connection.
FIND_OWNERS = """
UPDATE controlhub_group g SET connection_id = t.connection_id
FROM audit_auditevent e JOIN controlhub_accesstoken t ON t.id::text = e.actor_id
WHERE e.organization_id = g.organization_id AND e.target_id = g.id::text AND e.action = 'group.created'
AND e.actor_kind = 'client' AND t.connection_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0054_jobs"), ("audit", "0002_append_only_squashed_0003_event_version")]
    operations = [
        migrations.AddField(
            model_name="group",
            name="connection",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="groups",
                to="controlhub.connection",
            ),
        ),
        migrations.RunSQL(FIND_OWNERS, migrations.RunSQL.noop),
    ]
