"""Views are saved of the audit log too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0072_erase_after_days")]
    operations = [
        migrations.AlterField(
            model_name="savedview",
            name="page",
            field=models.CharField(choices=[("users", "Users"), ("audit", "Audit log")], max_length=16),
        ),
    ]
