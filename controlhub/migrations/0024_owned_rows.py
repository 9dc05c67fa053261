from django.db import migrations

# What belongs to an account or a group goes with it, whichever statement removes it.
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
# As Django's `createcachetable` makes it (docs/decisions/0019).
CACHE = """
CREATE UNLOGGED TABLE controlhub_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamp with time zone NOT NULL);
CREATE INDEX controlhub_cache_expires ON controlhub_cache (expires)
"""


def rules(rule):
    return [CASCADE.format(table=table, column=column, owner=owner, rule=rule) for table, column, owner in OWNED]


class Migration(migrations.Migration):

    dependencies = [
        ("controlhub", "0023_sign_in"),
    ]

    operations = [
        migrations.RunSQL(rules("ON DELETE CASCADE"), rules("")),
        migrations.RunSQL(CACHE, "DROP TABLE controlhub_cache"),
    ]
