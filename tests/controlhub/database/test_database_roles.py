"""`create_database_roles`, run by an owner without superuser rights, at the first start and later."""

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from controlhub.management.commands.create_database_roles import grant, make_role

# Roles belong to the whole cluster, which parallel workers share.
OWNER, RUNTIME, PASSWORD = f"hub_test_owner_{settings.WORKER}", f"hub_test_runtime_{settings.WORKER}", "a password"


@pytest.fixture
def owner(db):
    """A connection to a separate database, owned by a role that may create roles and nothing more."""
    used = connection.settings_dict
    superuser = psycopg.conninfo.make_conninfo(
        dbname="postgres",
        user=used["USER"],
        password=used["PASSWORD"],
        host=used["HOST"] or used["OPTIONS"].get("host"),
        port=used["PORT"] or None,
    )
    drop = [f"DROP DATABASE IF EXISTS {OWNER}", f"DROP ROLE IF EXISTS {RUNTIME}", f"DROP ROLE IF EXISTS {OWNER}"]
    make = [f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{PASSWORD}'", f"CREATE DATABASE {OWNER} OWNER {OWNER}"]
    with psycopg.connect(superuser, autocommit=True) as admin:
        for statement in [*drop, *make]:
            admin.execute(statement)
        with psycopg.connect(superuser, dbname=OWNER, user=OWNER, password=PASSWORD) as made:
            made.execute("CREATE TABLE audit_auditevent (id int)")
            made.execute("CREATE TABLE controlhub_user (id int)")
            yield made
        for statement in drop:
            admin.execute(statement)


def test_command_can_be_run_twice(owner):
    for password in (PASSWORD, "another password"):
        make_role(owner, RUNTIME, password)
        grant(owner, RUNTIME)
        owner.commit()
    with psycopg.connect(owner.info.dsn, user=RUNTIME, password="another password") as runtime:
        runtime.execute("INSERT INTO controlhub_user VALUES (1)")
        runtime.execute("INSERT INTO audit_auditevent VALUES (1)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("DELETE FROM audit_auditevent")
        runtime.rollback()


def test_role_with_too_many_privileges_is_refused(owner):
    with pytest.raises(CommandError, match="separate role"):
        make_role(owner, OWNER, PASSWORD)
