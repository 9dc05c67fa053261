"""The body of a logged request is emptied when its user is permanently deleted: room for that in each page."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0092_counted_in_a_loop")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE controlhub_scimrequest SET (fillfactor = 85)",
            "ALTER TABLE controlhub_scimrequest RESET (fillfactor)",
        )
    ]
