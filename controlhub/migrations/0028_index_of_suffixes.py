"""`displayName co "…"` by an index over suffixes, made while the portal works; the index over trigrams goes.

Going back leaves the search without an index.
"""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("controlhub", "0027_suffixes_of_names")]
    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS user_display_name_suffixes", migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY user_display_name_suffixes ON controlhub_user"
            " USING gin (controlhub_suffixes(organization_id, display_name))"
            " WITH (fastupdate = on, gin_pending_list_limit = 64)",
            "DROP INDEX CONCURRENTLY user_display_name_suffixes",
        ),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS user_display_name_trigrams", migrations.RunSQL.noop),
    ]
