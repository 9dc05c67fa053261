"""An index for the invitations that an administrator has sent, which the confirmation of a deactivation counts."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("controlhub", "0073_audit_views")]
    operations = [
        AddIndexConcurrently(
            model_name="invitation",
            index=models.Index(fields=["created_by"], name="invitation_created_by"),
        ),
    ]
