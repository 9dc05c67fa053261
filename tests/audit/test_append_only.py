"""The log is append-only: triggers enforce it for the owner of its tables, and privileges for the runtime role."""

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from audit.models import AuditEvent
from controlhub.management.commands.create_database_roles import APPEND_ONLY, grant, make_role
from controlhub.sql import seals

RUNTIME = f"controlhub_test_runtime_{settings.WORKER}"  # roles are shared by all workers of the cluster
CHANGES = {
    "update": "UPDATE audit_auditevent SET result = 'nothing happened'",
    "delete": "DELETE FROM audit_auditevent",
    "delete seals": "DELETE FROM audit_auditseal",
    "update seals": "UPDATE audit_auditseal SET sequence = 1",
    "update values": "UPDATE audit_personal SET parts = '[]'",
    "delete values": "DELETE FROM audit_personal",
    "delete leaves": "DELETE FROM audit_leaf",
    "update leaves": "UPDATE audit_leaf SET position = position + 1",
    "delete hashes": "DELETE FROM audit_subtree",
    "update hashes": "UPDATE audit_subtree SET hash = ''",
    "delete checkpoints": "DELETE FROM audit_checkpoint",
    "delete cosignatures": "DELETE FROM audit_cosignature",
    "update cosignatures": "UPDATE audit_cosignature SET line = ''",
    "update checkpoints": "UPDATE audit_checkpoint SET note = ''",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_owner_cannot_change_the_log(organization, statement):
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.filter(organization_id=organization.pk).exists()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_owner_cannot_truncate_the_log(organization, table):
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only_truncate")
        cursor.execute(f"TRUNCATE {table}")


RUNTIME_REFUSED = [
    *CHANGES.values(),
    *(f"TRUNCATE {table}" for table in APPEND_ONLY),
    "SET session_replication_role = replica",
    "DROP TRIGGER append_only ON audit_leaf",
    "ALTER TABLE audit_checkpoint DISABLE TRIGGER ALL",
    "DROP TABLE audit_checkpoint",
    "UPDATE audit_personal SET parts = parts #- '{0,salt}' #- '{0,value}'",
    "CREATE TABLE mine (id int)",
    "ALTER TABLE controlhub_user ADD COLUMN mine int",
    "DROP TABLE controlhub_user",
    "ALTER TABLE audit_auditevent DISABLE TRIGGER append_only",
    "CREATE ROLE mine",
    "UPDATE django_migrations SET name = 'mine'",
    "SELECT audit_remove_expired(gen_random_uuid())",
]


@pytest.fixture(scope="module")
def runtime(django_db_setup, django_db_blocker):
    """A connection to the test database as the runtime role."""
    with django_db_blocker.unblock():
        used = connection.settings_dict
        owner = psycopg.conninfo.make_conninfo(
            dbname=used["NAME"],
            user=used["USER"],
            password=used["PASSWORD"],
            host=used["HOST"] or used["OPTIONS"].get("host"),
            port=used["PORT"] or None,
        )
    with psycopg.connect(owner) as owner_connection:
        make_role(owner_connection, RUNTIME, "a password")
        grant(owner_connection, RUNTIME)
    with psycopg.connect(owner, user=RUNTIME, password="a password") as runtime_connection:
        yield runtime_connection


@pytest.mark.parametrize("statement", RUNTIME_REFUSED)
def test_runtime_role_cannot_change_the_log(runtime, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), runtime.transaction():
        runtime.execute(statement)


def test_runtime_role_can_seal(runtime):
    """It may query the identity of the cluster and record its sealing progress."""
    with runtime.transaction():
        assert int(runtime.execute(seals.HORIZON).fetchone()[0])
        runtime.execute("DELETE FROM audit_watermark")


@pytest.mark.parametrize("table", ["audit_auditevent", "audit_personal", "controlhub_user", "controlhub_accesstoken"])
def test_runtime_role_can_read(runtime, table):
    with runtime.transaction():
        assert runtime.execute(f"SELECT count(*) FROM {table}").fetchone() is not None


def test_runtime_role_can_erase_only_with_the_function(runtime):
    with runtime.transaction():
        row = runtime.execute("SELECT audit_erase(gen_random_uuid(), 'x', '{}')").fetchone()
    assert row == (0,)


@pytest.mark.django_db
def test_check_names_unsafe_settings(capsys):
    call_command("check", databases=["default"])
    assert "controlhub.W001" in capsys.readouterr().err, "the tests' own role is a superuser"
