"""The index over addresses has the ids of events, so that events from one are read in their order (decision 0123).

It is built without a lock, and the index that it replaces is removed afterwards.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KT


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0020_members")]
    operations = [
        AddIndexConcurrently(
            "auditpersonal",
            models.Index("organization_id", KT("parts__0__value__address"), "event_id", name="audit_by_address"),
        ),
        RemoveIndexConcurrently("auditpersonal", "audit_address"),
    ]
