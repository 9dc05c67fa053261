"""Streams send the audit log of an organization to other systems (decision 0084)."""

import controlhub.models.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0076_views_of_groups'),
    ]

    operations = [
        migrations.CreateModel(
            name='Stream',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('kind', models.CharField(choices=[('webhook', 'Webhook (CloudEvents, signed)'), ('splunk', 'Splunk HTTP Event Collector'), ('syslog', 'Syslog over TLS or TCP, best effort')], max_length=16)),
                ('url', models.TextField()),
                ('sealed_secret', models.TextField()),
                ('categories', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('position', models.BigIntegerField(default=0)),
                ('is_paused', models.BooleanField(default=False)),
                ('failures', models.IntegerField(db_default=0)),
                ('error', models.TextField(db_default='')),
                ('failed_at', models.DateTimeField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('try_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('claim', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='streams', to='controlhub.organization')),
            ],
        ),
    ]
