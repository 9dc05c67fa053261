from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0059_account_language")]
    operations = [
        migrations.AddField("account", "time_zone", models.CharField(blank=True, default="", max_length=64)),
    ]
