"""Rows that were there before get their ordinals in the order of their creation."""

from django.db import migrations

NUMBER = """
UPDATE {table} t SET ordinal = n.ordinal
FROM (SELECT id, nextval('controlhub_ordinal') AS ordinal FROM (SELECT id FROM {table} ORDER BY id) AS o) AS n
WHERE n.id = t.id
"""


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0010_member_counts")]
    operations = [
        migrations.RunSQL(NUMBER.format(table=table), migrations.RunSQL.noop)
        for table in ("controlhub_user", "controlhub_group")
    ]
