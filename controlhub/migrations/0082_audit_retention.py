"""How long audit events are kept, and a hold that stops their removal."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0085_stream_kinds_and_attempts")]
    operations = [
        migrations.AddField(
            "organization", "audit_retention_days", models.PositiveSmallIntegerField(db_default=365, default=365)
        ),
        migrations.AddField("organization", "audit_hold", models.BooleanField(db_default=False, default=False)),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                condition=models.Q(("audit_retention_days__range", (30, 3650))),
                name="organization_audit_retention_days",
            ),
        ),
    ]
