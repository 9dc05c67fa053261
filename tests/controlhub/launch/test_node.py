"""`python -m controlhub.launch NAME`: one process by a command of its own."""

import subprocess
import sys

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from controlhub.launch import services
from controlhub.launch.node import MIGRATE
from tests import servers

SERVICES = sorted([*services.commands(servers.ROOT), "web"])


def run(var_dir, *names, **more):
    """The end of a process that refuses: its exit code and what it says."""
    env = servers.environment(
        DJANGO_SETTINGS_MODULE="controlhub.settings", VAR_DIR=str(var_dir), PORT=str(servers.free_port()), **more
    )
    command = [sys.executable, "-m", "controlhub.launch", *names]
    done = subprocess.run(command, cwd=servers.ROOT, env=env, check=False, capture_output=True, text=True, timeout=90)
    return done.returncode, done.stderr


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [[], [MIGRATE], *([name] for name in SERVICES)], ids="".join)
def test_an_older_release_refuses_a_newer_database(names, tmp_path):
    """`make run` and each process, before it listens or asks for work."""
    MigrationRecorder(connection).record_applied("controlhub", "9999_future")
    try:
        code, text = run(tmp_path, *names)
    finally:
        MigrationRecorder(connection).record_unapplied("controlhub", "9999_future")
    assert code == 1
    assert "Control Hub cannot start. The database was migrated by a newer release" in text


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [[], *([name] for name in SERVICES)], ids="".join)
def test_unsafe_settings_are_refused(names, tmp_path):
    code, text = run(tmp_path, *names, ALLOWED_HOSTS="*")
    assert code == 1
    assert "Control Hub cannot start. ALLOWED_HOSTS contains *" in text
    assert "ALLOW_UNSAFE=any-host" in text


@pytest.mark.processes
@pytest.mark.django_db
def test_another_name(tmp_path):
    code, text = run(tmp_path, "wab")
    assert (code, text.startswith("Control Hub cannot start. There is no process 'wab'. The names are ")) == (1, True)
    assert all(name in text for name in [*SERVICES, MIGRATE])


@pytest.mark.processes
@pytest.mark.django_db
def test_a_node_makes_no_keys_of_its_own(tmp_path):
    """Two nodes with different keys could not read each other's sessions and secrets."""
    code, text = run(tmp_path, "web", SECRET_KEY="")
    assert code == 1
    assert "SECRET_KEY is not set" in text
    assert list((tmp_path / "secrets").iterdir()) == []
