"""How PostgreSQL stores tables that change often: with room for updates, and page positions without WAL.

An update that changes no indexed column stays on its page if there is room for the new version of the row.
"""

from django.db import migrations

ROOM = {
    "controlhub_user": 85,
    "controlhub_group": 85,
    "controlhub_resource": 85,
    "controlhub_rowcount": 50,
    "controlhub_pageposition": 50,
}


class Migration(migrations.Migration):
    replaces = [
        ("controlhub", "0008_room_for_updates"),
        ("controlhub", "0009_positions_unlogged"),
    ]
    dependencies = [("controlhub", "0002_triggers")]
    operations = [
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} SET (fillfactor = {percent})", f"ALTER TABLE {table} RESET (fillfactor)"
            )
            for table, percent in ROOM.items()
        ),
        migrations.RunSQL(
            "ALTER TABLE controlhub_pageposition SET UNLOGGED", "ALTER TABLE controlhub_pageposition SET LOGGED"
        ),
    ]
