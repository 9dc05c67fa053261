"""When each job succeeded last, since when it is expected to, and whether that it is overdue was mailed."""

import django.db.models.functions.datetime
from django.db import migrations, models

SUCCEEDED = "UPDATE controlhub_job SET succeeded_at = finished_at WHERE error = ''"


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0046_document_size")]
    operations = [
        migrations.AddField(
            "job",
            "expected_since",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField("job", "succeeded_at", models.DateTimeField(null=True)),
        migrations.AddField("job", "overdue_reported_at", models.DateTimeField(null=True)),
        migrations.AlterField("job", "started_at", models.DateTimeField(null=True)),
        migrations.RunSQL(SUCCEEDED, migrations.RunSQL.noop),
    ]
