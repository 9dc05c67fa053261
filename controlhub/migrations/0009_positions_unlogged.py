"""Page positions are worth no write to the log of the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0008_room_for_updates")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE controlhub_pageposition SET UNLOGGED; ALTER TABLE controlhub_pageposition SET (fillfactor = 50)",
            "ALTER TABLE controlhub_pageposition SET LOGGED; ALTER TABLE controlhub_pageposition RESET (fillfactor)",
        )
    ]
