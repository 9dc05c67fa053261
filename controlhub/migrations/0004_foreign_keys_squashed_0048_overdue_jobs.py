"""Rows that belong to an account or a group are deleted with it, whichever statement deletes it.

The number 0048 in the name is that of the last replaced migration: the next migration is 0049, so that a release with
the replaced migrations sees that it is newer (controlhub.database.releases).
"""

from django.db import migrations

OWNED = (
    ("mfa_authenticator", "user_id", "controlhub_account"),
    ("socialaccount_socialaccount", "user_id", "controlhub_account"),
    ("account_emailaddress", "user_id", "controlhub_account"),
    ("controlhub_rolemapping", "group_id", "controlhub_group"),
)
CASCADE = """
DO $$
DECLARE found name;
BEGIN
    SELECT conname INTO STRICT found FROM pg_constraint
    WHERE conrelid = '{table}'::regclass AND confrelid = '{owner}'::regclass AND contype = 'f';
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I, ADD CONSTRAINT %I FOREIGN KEY ({column}) '
        'REFERENCES {owner} (id) {rule} DEFERRABLE INITIALLY DEFERRED', found, found);
END $$
"""


def rules(rule):
    return [CASCADE.format(table=table, column=column, owner=owner, rule=rule) for table, column, owner in OWNED]


class Migration(migrations.Migration):
    replaces = [
        ("controlhub", "0024_owned_rows"),
        ("controlhub", "0048_overdue_jobs"),
    ]
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("controlhub", "0003_storage"),
    ]
    operations = [migrations.RunSQL(rules("ON DELETE CASCADE"), rules(""))]
