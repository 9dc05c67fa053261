"""How many members each group has, from now on counted with each change."""

from django.db import migrations

COUNT = """
UPDATE controlhub_group g SET member_count = m.n
FROM (SELECT group_id, count(*) AS n FROM controlhub_membership GROUP BY group_id) AS m WHERE m.group_id = g.id
"""


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0009_positions_unlogged")]
    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
