"""What the server reports about itself and the connected role, and the timeout of a statement."""

NOW = "SELECT STATEMENT_TIMESTAMP()"
IS_READ_ONLY = "SELECT current_setting('transaction_read_only') = 'on'"
SET_TIMEOUT = "SELECT set_config('statement_timeout', %(milliseconds)s, TRUE)"
"""Applies until the end of the transaction."""

IS_PRIVILEGED = "SELECT rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
CHANGES_TABLES = "SELECT has_schema_privilege(current_user, 'public', 'CREATE')"
CHANGES_EVENTS = """
SELECT bool_or(has_table_privilege(current_user, oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'))
FROM pg_class WHERE relname IN ('audit_auditevent', 'audit_personal', 'audit_auditseal', 'audit_leaf',
    'audit_subtree', 'audit_checkpoint', 'audit_cosignature') AND relkind = 'r'
"""
"""Privileges that the role in DATABASE_URL should not have (docs/decisions/0003)."""
UNSAFE_SETTINGS = """
SELECT current_setting('fsync') = 'off', current_setting('full_page_writes') = 'off',
    current_setting('synchronous_commit') = 'off', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
"""
"""One boolean for each of `controlhub.security.dangers.OF_DATABASE`."""

CONNECTIONS = """
SELECT COALESCE(state, 'other'), count(*) FROM pg_stat_activity
WHERE usename = current_user AND datname = current_database() GROUP BY 1
"""
CONNECTION_LIMIT = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
"""

IS_TOO_PRIVILEGED = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = %s"
"""Returns no row if the role does not exist."""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
LOG_FUNCTIONS = """
SELECT proname FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND proname IN ('audit_erase', 'audit_remove_expired') AND prosecdef
"""
"""The functions through which the portal's role changes the audit log."""
