"""When the personal data that remained of a permanently deleted user was erased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0070_saved_views"), ("audit", "0003_personal_apart")]
    operations = [
        migrations.AddField("purgeduser", "erased_at", models.DateTimeField(null=True)),
    ]
