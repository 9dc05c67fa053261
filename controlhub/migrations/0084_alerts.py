"""Alerts on the audit log, and when a stream last moved (decision 0093)."""

import controlhub.models.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0080_repeated_events'),
    ]

    operations = [
        migrations.AddField(
            model_name='stream',
            name='moved_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('trigger', models.CharField(choices=[('events', 'Events of the audit log'), ('full-admin', 'New full administrator'), ('verification', 'Verification of the audit log failed'), ('stream', 'Stream stalled')], max_length=16)),
                ('query', models.TextField(default='')),
                ('threshold', models.IntegerField(default=1)),
                ('window', models.DurationField()),
                ('emails', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('url', models.TextField(default='')),
                ('sealed_secret', models.TextField(default='')),
                ('is_paused', models.BooleanField(default=False)),
                ('position', models.BigIntegerField(default=0)),
                ('recent', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), default=list, size=None)),
                ('quiet_until', models.DateTimeField(null=True)),
                ('waiting', models.IntegerField(default=0)),
                ('waiting_since', models.DateTimeField(null=True)),
                ('fired_at', models.DateTimeField(null=True)),
                ('error', models.TextField(default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='controlhub.organization')),
            ],
        ),
        migrations.CreateModel(
            name='AlertFiring',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('fired_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('number', models.BigIntegerField()),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('subject', models.TextField(default='')),
                ('subject_label', models.TextField(default='')),
                ('ended_at', models.DateTimeField(null=True)),
                ('mails', models.IntegerField(default=0)),
                ('try_at', models.DateTimeField(null=True)),
                ('claim', models.UUIDField(null=True)),
                ('tries', models.IntegerField(default=0)),
                ('error', models.TextField(default='')),
                ('sent_at', models.DateTimeField(null=True)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='firings', to='controlhub.alert')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('try_at__isnull', False)), fields=['try_at'], name='alert_to_send')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None), models.Q(('subject', ''), _negated=True)), fields=('alert', 'subject'), name='alert_open')],
            },
        ),
    ]
