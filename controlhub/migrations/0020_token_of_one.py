"""A token belongs to a connection or to a person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0019_connection_of_each_token")]
    operations = [
        migrations.AddConstraint(
            model_name='accesstoken',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('connection__isnull', True), ('user__isnull', False)), models.Q(('connection__isnull', False), ('user__isnull', True)), _connector='OR'), name='token_of_one'),
        ),
    ]
