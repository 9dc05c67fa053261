"""`displayName co "…"` by an index over trigrams; new entries wait in its pending list, so that writing stays cheap."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0003_fold")]
    operations = [
        TrigramExtension(),
        migrations.RunSQL(
            "CREATE INDEX user_display_name_trigrams ON controlhub_user"
            " USING gin (controlhub_fold(display_name) gin_trgm_ops) WITH (fastupdate = on)",
            "DROP INDEX user_display_name_trigrams",
        ),
    ]
