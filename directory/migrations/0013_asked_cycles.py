"""Applications in manual mode begin a cycle only when an administrator has asked for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0010_members_of_groups")]
    operations = [
        migrations.AddField(
            model_name="syncstate",
            name="is_asked",
            field=models.BooleanField(db_default=False),
        ),
    ]
