from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0058_built_in_types")]
    operations = [
        migrations.AddField("account", "language", models.CharField(blank=True, default="", max_length=16)),
    ]
