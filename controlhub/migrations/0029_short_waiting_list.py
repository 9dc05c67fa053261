"""What waits to be sorted into the index of e-mail addresses stays short: a search reads all of it (decision 0020)."""

import django.contrib.postgres.indexes
from django.db import migrations

STATE = [
    migrations.RemoveIndex(model_name="user", name="user_emails"),
    migrations.AddIndex(
        model_name="user",
        index=django.contrib.postgres.indexes.GinIndex(fields=["emails"], gin_pending_list_limit=64, name="user_emails"),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0028_index_of_suffixes")]
    operations = [
        migrations.RunSQL(
            "ALTER INDEX user_emails SET (gin_pending_list_limit = 64)",
            "ALTER INDEX user_emails RESET (gin_pending_list_limit)",
            state_operations=STATE,
        )
    ]
