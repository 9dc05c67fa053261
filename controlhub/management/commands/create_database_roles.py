"""`manage.py create_database_roles`: creates the role that serves requests, with its rights (docs/operations.md)."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from psycopg import sql

from controlhub.env import env
from controlhub.sql import server

APPEND_ONLY = (
    "audit_auditevent",
    "audit_personal",
    "audit_auditseal",
    "audit_leaf",
    "audit_subtree",
    "audit_checkpoint",
    "audit_cosignature",
)


class Command(BaseCommand):
    help = (
        "Connect as the owner (DATABASE_OWNER_URL) and make the role that DATABASE_URL names: it reads and writes "
        "rows, appends to the audit log, and can change no table. Run it after every `migrate`."
    )
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        owner_url = env.str("DATABASE_OWNER_URL", default="")
        runtime = settings.DATABASES["default"]
        if not owner_url or not runtime.get("USER"):
            raise CommandError(
                "Set DATABASE_OWNER_URL to the owner's address and DATABASE_URL to the address, with user and "
                "password, for the portal."
            )
        try:
            with psycopg.connect(owner_url, connect_timeout=5) as connection:
                role = runtime["USER"]
                if connection.info.user == role:
                    raise CommandError(f"Both URLs use the role {role}. Use a separate role in DATABASE_URL.")
                make_role(connection, role, runtime.get("PASSWORD") or "")
                grant(connection, role)
        except psycopg.OperationalError as error:
            raise CommandError(f"The database at DATABASE_OWNER_URL does not respond: {error}") from error
        self.stdout.write(f"The role {role} may read and write rows, append to the audit log, and nothing else.")


def make_role(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    """Create the role with this password, or set the password of an existing one. CommandError if it may do too much.

    Needs no superuser privileges: an owner who may create roles is enough.
    """
    found = connection.execute(server.IS_TOO_PRIVILEGED, [role]).fetchone()
    if found and found[0]:
        raise CommandError(
            f"The role {role} has more privileges than the portal needs. Use a separate role in DATABASE_URL."
        )
    name, secret = sql.Identifier(role), sql.Literal(None)
    if password:
        digest = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        secret = sql.Literal(digest)
    verb = sql.SQL("ALTER ROLE {} WITH PASSWORD {}" if found else "CREATE ROLE {} WITH LOGIN PASSWORD {}")
    connection.execute(verb.format(name, secret))


def grant(connection: psycopg.Connection[Any], role: str) -> None:
    """Grant access to the rows of every table, but only INSERT and SELECT on the log, and no DDL."""
    name, database = sql.Identifier(role), sql.Identifier(connection.info.dbname)
    tables = [row[0] for row in connection.execute(server.TABLES)]
    statements = [
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}").format(name),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, name),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
    ]
    for table in tables:
        rights = "SELECT" if table == "django_migrations" else "SELECT, INSERT, UPDATE, DELETE"
        if table in APPEND_ONLY:
            rights = "SELECT, INSERT"
        statements.append(
            sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), sql.Identifier("public", table), name)
        )
    for (function,) in connection.execute(server.LOG_FUNCTIONS):
        statements.append(
            sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.Identifier("public", function), name)
        )
    for statement in statements:
        connection.execute(statement)
