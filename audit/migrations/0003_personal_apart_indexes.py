"""Indexes of events: in the order of their transactions for sealing, and by the person who acted.

They are built without a lock, so requests are answered meanwhile.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

BY_TRANSACTION = "CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_transaction ON audit_auditevent (transaction_id, id);"
NOT_BY_TRANSACTION = "DROP INDEX CONCURRENTLY IF EXISTS audit_transaction;"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0003_personal_apart")]
    operations = [
        migrations.RunSQL(BY_TRANSACTION, NOT_BY_TRANSACTION),
        AddIndexConcurrently(
            "auditevent",
            models.Index(
                condition=models.Q(actor_user_id__isnull=False),
                fields=["organization_id", "actor_user_id", "-created_at"],
                name="audit_actor",
            ),
        ),
    ]
