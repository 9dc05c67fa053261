"""Replays with an end, gaps of syslog streams, and the lag of the last hours (decision 0150)."""

import controlhub.models.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0089_alert_tests'),
    ]

    operations = [
        migrations.CreateModel(
            name='StreamRange',
            fields=[
                ('id', models.UUIDField(default=controlhub.models.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('is_replay', models.BooleanField()),
                ('first', models.BigIntegerField()),
                ('stop', models.BigIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ranges', to='controlhub.stream')),
            ],
        ),
        migrations.CreateModel(
            name='StreamLag',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('waiting', models.BigIntegerField()),
                ('stream', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lags', to='controlhub.stream')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('stream', 'at'), name='stream_lag')],
            },
        ),
    ]
