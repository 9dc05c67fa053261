"""An index for the filter by address of events of versions 1 and 2, which have it in their row. New events are not in it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0006_filters")]
    operations = [
        AddIndexConcurrently(
            "auditevent",
            models.Index(
                fields=["organization_id", "old_actor_address"],
                name="audit_old_address",
                condition=models.Q(old_actor_address__isnull=False),
            ),
        )
    ]
