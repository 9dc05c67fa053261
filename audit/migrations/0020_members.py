"""An index over the members that an event added or removed (decision 0087). It is built without a lock."""

from django.db import migrations

CREATE = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_members ON audit_auditevent
USING gin (((facts #> '{added,ids}') || (facts #> '{removed,ids}'))) WITH (gin_pending_list_limit = 256)
WHERE action = 'group.members_changed'
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0014_retention")]
    operations = [migrations.RunSQL(CREATE, "DROP INDEX CONCURRENTLY IF EXISTS audit_members")]
