"""An index for each filter of the log (decision 0076). They are built without a lock, so requests are answered meanwhile."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KT

EVENTS = (
    models.Index(fields=["organization_id", "action", "service", "-created_at", "-id"], name="audit_by_action"),
    models.Index(
        fields=["organization_id", "action", "-created_at", "-id"],
        name="audit_failed",
        condition=models.Q(result="failure"),
    ),
    models.Index(
        fields=["organization_id", "actor_id", "action", "-created_at", "-id"],
        name="audit_by_actor",
        condition=models.Q(connection_id__isnull=True),
    ),
    models.Index(
        fields=["organization_id", "connection_id", "action", "-created_at", "-id"],
        name="audit_by_connection",
        condition=models.Q(connection_id__isnull=False),
    ),
    models.Index(fields=["organization_id", "request_id"], name="audit_request", condition=~models.Q(request_id="")),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0003_personal_apart_indexes")]
    operations = [
        *(AddIndexConcurrently("auditevent", index) for index in EVENTS),
        AddIndexConcurrently(
            "auditpersonal",
            models.Index("organization_id", KT("parts__0__value__address"), name="audit_address"),
        ),
    ]
