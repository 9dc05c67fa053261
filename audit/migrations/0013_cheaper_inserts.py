"""What an insert pays for without needing it: the index of the whole list, and a check of seven columns (decision 0089).

PostgreSQL reads and compiles the expression of a check for each statement, which took a quarter of an event's insert.
"""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations

NO_CHECK = "ALTER TABLE audit_auditevent DROP CONSTRAINT IF EXISTS audit_personal_apart;"
CHECK = """
ALTER TABLE audit_auditevent ADD CONSTRAINT audit_personal_apart CHECK (
    version < 3 OR (reason = '' AND actor_label = '' AND actor_address IS NULL AND user_agent = ''
        AND target_label = '' AND changes = '[]' AND details = '{}')) NOT VALID;
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0010_deliveries")]
    operations = [
        migrations.RunSQL(NO_CHECK, CHECK),
        RemoveIndexConcurrently("auditevent", "audit_newest"),
    ]
