"""After restoring a backup from a real dump, `verify_audit` reports only the recorded recovery."""

import os
import subprocess
from contextlib import contextmanager

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from audit.models import AuditEvent, AuditLeaf
from audit.recovered import recoveries
from controlhub.launch.cluster import _reachable_binaries
from tests import factories
from tests.audit.verifying import seal_everything, verify

pytestmark = [pytest.mark.deep, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def organization(settings, tmp_path):
    settings.VAR_DIR = tmp_path  # other tests have written checkpoint files
    return factories.make_organization()


def grow(organization, name, number=300):
    for index in range(number):
        factories.make_user(organization, f"{name}{index}@example.com")
    seal_everything()


def run(program, *options):
    """Run a PostgreSQL program on the test database."""
    used = connection.settings_dict
    values = {"user": used["USER"], "host": used["HOST"] or used["OPTIONS"].get("host"), "port": used["PORT"] or None}
    address = psycopg.conninfo.make_conninfo(dbname=used["NAME"], **values)
    environment = {**os.environ, "PGPASSWORD": used["PASSWORD"]}
    command = [_reachable_binaries() / "bin" / program, *options, f"--dbname={address}"]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)


@contextmanager
def another_database(name):
    """Make everything use a new database from here until the end."""
    before = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


def test_older_state_is_reported_as_a_recorded_recovery(organization, tmp_path, capsys):
    grow(organization, "kept")
    run("pg_dump", "--format=custom", f"--file={tmp_path / 'dump'}")
    kept = AuditLeaf.objects.count()
    grow(organization, "lost")
    lost = AuditLeaf.objects.count()
    assert verify(capsys)[0] == 0
    with another_database(f"{connection.settings_dict['NAME']}_restored"):
        run("pg_restore", str(tmp_path / "dump"))
        code, said = verify(capsys)
        assert code == 1
        assert f"events {kept} to {lost - 1} were removed together with their leaves" in said.err
        call_command("recover_audit", reason="Restored the backup of Monday")
        code, said = verify(capsys)
        assert (code, said.err) == (0, "")
        assert f"events {kept} to {lost - 1} of the log before that are lost" in said.out
        assert len(recoveries(organization.pk)) == 1
        grow(organization, "later", 10)
        code, said = verify(capsys)
        assert (code, said.err) == (0, "")
        assert AuditLeaf.objects.count() == AuditEvent.objects.count()
