"""Inactive users by the connection that owns them and their externalId, indexed while the portal works."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("controlhub", "0035_find_owners_of_users")]
    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS user_revival", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("active", False), ("external_id__isnull", False), ("original_user_name", None)),
                fields=["organization", "connection", "external_id"],
                name="user_revival",
            ),
        ),
    ]
