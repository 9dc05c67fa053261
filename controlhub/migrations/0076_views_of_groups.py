"""The list of groups has saved views, too. Changes nothing in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0075_invitations_by_sender")]
    operations = [
        migrations.AlterField(
            model_name="savedview",
            name="page",
            field=models.CharField(choices=[("users", "Users"), ("audit", "Audit log"), ("groups", "Groups")], max_length=16),
        ),
    ]
