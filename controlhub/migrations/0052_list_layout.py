"""What the list of users looks like for each account."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controlhub', '0051_user_lists'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='user_list',
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
