"""Page positions have a bounded number of slots for each token.

The columns keep their names, and the key its columns, so that processes of the release before can still note positions.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0044_indexes_of_queries")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("pageposition", "pk"),
                migrations.RenameField("pageposition", "query", "slot"),
                migrations.AlterField("pageposition", "slot", models.BinaryField(max_length=16, db_column="query")),
                migrations.AddField(
                    "pageposition",
                    "pk",
                    models.CompositePrimaryKey("token_id", "slot", blank=True, editable=False, primary_key=True, serialize=False),
                ),
            ]
        ),
        migrations.AddField(
            "pageposition", "query", models.BinaryField(max_length=16, db_column="digest", db_default=b"")
        ),
    ]
