"""Events that may happen many times an hour are counted (decision 0086); attempts beyond a limit are noted."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0079_names_of_inactive_users'),
    ]

    operations = [
        migrations.CreateModel(
            name='RepeatedEvent',
            fields=[
                ('pk', models.CompositePrimaryKey('organization_id', 'hour', 'action', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField()),
                ('hour', models.DateTimeField()),
                ('action', models.TextField()),
                ('key', models.TextField()),
                ('event_id', models.UUIDField()),
                ('times', models.BigIntegerField()),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('requests', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                'indexes': [models.Index(fields=['hour'], name='repeated_event_hour')],
            },
        ),
        migrations.AlterField(
            model_name='typedaddress',
            name='use',
            field=models.CharField(choices=[('sign_in_failed', 'Wrong password'), ('sign_in_locked', 'Too many attempts'), ('password_reset', 'Password reset requested')], max_length=16),
        ),
    ]
