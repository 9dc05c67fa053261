"""Streams of OCSF events to files (decision 0130)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0082_audit_retention'),
    ]

    operations = [
        migrations.AlterField(
            model_name='stream',
            name='kind',
            field=models.CharField(choices=[('webhook', 'Webhook (CloudEvents, signed)'), ('splunk', 'Splunk HTTP Event Collector'), ('ocsf', 'OCSF 1.6 over HTTPS'), ('ocsf_file', 'OCSF 1.6 to a file'), ('elastic', 'Elastic bulk'), ('syslog', 'Syslog over TLS or TCP, best effort')], max_length=16),
        ),
    ]
