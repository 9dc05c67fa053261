"""The role of a user's account, beside the user."""

from django.db import migrations, models

COPY = "UPDATE controlhub_user u SET portal_role = a.role FROM controlhub_account a WHERE a.user_id = u.id"


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0011_ordinals_in_order")]
    operations = [
        migrations.AddField("user", "portal_role", models.CharField(default="", max_length=32)),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
    ]
