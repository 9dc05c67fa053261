"""Every token that is no person's gets a connection of its own."""

from django.db import migrations

CONNECT = """
INSERT INTO controlhub_connection (id, organization_id, name, scopes, created_at, created_by, client_prefix)
    SELECT id, organization_id, name, scopes, created_at, created_by, ''
    FROM controlhub_accesstoken WHERE user_id IS NULL;
UPDATE controlhub_accesstoken SET connection_id = id WHERE user_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("controlhub", "0018_connections")]
    operations = [migrations.RunSQL(CONNECT, "UPDATE controlhub_accesstoken SET connection_id = NULL")]
