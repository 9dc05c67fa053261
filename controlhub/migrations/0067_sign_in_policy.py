"""The sign-in policy of organizations. Existing sessions count as started when the migration runs."""

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("controlhub", "0063_self_tests"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="allowed_networks",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name="organization",
            name="require_second_factor",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="organization",
            name="session_hours",
            field=models.PositiveSmallIntegerField(default=12),
        ),
        migrations.AddField(
            model_name="organization",
            name="session_idle_minutes",
            field=models.PositiveSmallIntegerField(default=720),
        ),
        migrations.AddField(
            model_name="session",
            name="seen_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name="session",
            name="started_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(condition=models.Q(("session_hours__range", (1, 168))), name="organization_session_hours"),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(condition=models.Q(("session_idle_minutes__range", (5, 1440))), name="organization_session_idle_minutes"),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(condition=models.Q(("allowed_networks__len__lte", 500)), name="organization_allowed_networks"),
        ),
    ]
