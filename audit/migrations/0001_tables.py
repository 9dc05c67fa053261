"""The log and its seals."""

import django.db.models.functions.datetime
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True
    replaces = [("audit", "0001_initial")]
    dependencies = []

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('service', models.CharField(max_length=32)),
                ('category', models.CharField(max_length=32)),
                ('action', models.CharField(max_length=48)),
                ('activity', models.CharField(max_length=64)),
                ('result', models.CharField(default='success', max_length=16)),
                ('reason', models.TextField(default='')),
                ('actor_kind', models.CharField(max_length=16)),
                ('actor_id', models.TextField(default='')),
                ('actor_label', models.TextField(default='')),
                ('actor_address', models.GenericIPAddressField(null=True)),
                ('user_agent', models.TextField(default='')),
                ('request_id', models.CharField(default='', max_length=64)),
                ('target_type', models.CharField(max_length=32)),
                ('target_id', models.TextField(default='')),
                ('target_label', models.TextField(default='')),
                ('version', models.SmallIntegerField(db_default=1)),
                ('changes', models.JSONField(default=list)),
                ('details', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(fields=['organization_id', '-created_at', '-id'], name='audit_newest'), models.Index(fields=['organization_id', 'target_id', '-created_at'], name='audit_target')],
            },
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('event_id', models.UUIDField(primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField()),
                ('sequence', models.BigIntegerField()),
                ('digest', models.BinaryField(max_length=32)),
                ('sealed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'sequence'), name='audit_seal_sequence')],
            },
        ),
    ]
