"""Users know the connection that owns them, and when they last came back with another externalId.

Both columns are empty for existing rows, so that PostgreSQL adds them without rewriting or reading the table.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0033_one_index_of_removed_users")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="connection",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="users",
                to="controlhub.connection",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="reassigned_at",
            field=models.DateTimeField(null=True),
        ),
    ]
