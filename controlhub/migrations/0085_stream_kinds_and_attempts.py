"""Streams to OCSF receivers and Elastic, and the last attempts of each stream (decision 0094)."""

import controlhub.models.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0084_alerts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='stream',
            name='kind',
            field=models.CharField(choices=[('webhook', 'Webhook (CloudEvents, signed)'), ('splunk', 'Splunk HTTP Event Collector'), ('ocsf', 'OCSF 1.6 over HTTPS'), ('elastic', 'Elastic bulk'), ('syslog', 'Syslog over TLS or TCP, best effort')], max_length=16),
        ),
        migrations.CreateModel(
            name='StreamDelivery',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('position', models.BigIntegerField()),
                ('number', models.IntegerField()),
                ('milliseconds', models.IntegerField()),
                ('error', models.TextField(default='')),
                ('answer', models.TextField(default='')),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='controlhub.stream')),
            ],
        ),
    ]
