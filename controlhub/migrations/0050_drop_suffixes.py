"""Drop `controlhub_suffixes`, which no index calls since `controlhub_parts` replaced it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0049_policy_ranges")]
    operations = [
        migrations.RunSQL("DROP FUNCTION IF EXISTS controlhub_suffixes(uuid, text)", migrations.RunSQL.noop),
    ]
