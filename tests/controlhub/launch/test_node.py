"""`python -m controlhub.launch NAME`: starts one process.

Each refusal is tested within this process. Two of them also run as a command, to test that it prints the reason and
exits.
"""

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from controlhub.launch import node, services
from controlhub.launch.errors import StartError
from controlhub.launch.node import MIGRATE, WEB
from tests import servers

SERVICES = sorted([*services.commands(servers.ROOT), WEB])
NEWER = ("controlhub", "9999_future")


class StartedError(Exception):
    """The process would have become another program."""


@pytest.fixture
def starts(monkeypatch):
    """Raise the command line instead of starting programs."""

    def execve(program, command, environment):
        raise StartedError(command)

    mask = os.umask(0o022)
    monkeypatch.setattr(os, "execve", execve)
    yield
    os.umask(mask)


@pytest.fixture
def newer_database(transactional_db):
    """The database was migrated by a newer release."""
    MigrationRecorder(connection).record_applied(*NEWER)
    yield
    MigrationRecorder(connection).record_unapplied(*NEWER)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in SERVICES if name != WEB])
def test_process_starts_with_safe_settings(name, starts, tmp_path):
    with pytest.raises(StartedError) as started:
        node.run(name, tmp_path)
    assert started.value.args[0] == services.commands(tmp_path)[name]


@pytest.mark.parametrize("name", SERVICES)
def test_no_process_of_an_older_release_starts(name, starts, newer_database, tmp_path):
    with pytest.raises(StartError, match="The database was migrated by a newer release"):
        node.run(name, tmp_path)


@pytest.mark.django_db
@pytest.mark.parametrize("name", SERVICES)
def test_no_process_starts_with_unsafe_settings(name, starts, settings, tmp_path):
    settings.ALLOWED_HOSTS = ["*"]
    with pytest.raises(StartError, match=r"ALLOWED_HOSTS contains \*.* ALLOW_UNSAFE=any-host"):
        node.run(name, tmp_path)


def test_unknown_process_name_is_refused(tmp_path):
    with pytest.raises(StartError, match="There is no process 'wab'") as refused:
        node.run("wab", tmp_path)
    assert all(name in str(refused.value) for name in [*SERVICES, MIGRATE])


def run(var_dir, *names, **more):
    """Run a process that refuses to start. Returns its exit code and output."""
    env = servers.environment(
        DJANGO_SETTINGS_MODULE="controlhub.settings", VAR_DIR=str(var_dir), PORT=str(servers.free_port()), **more
    )
    command = [sys.executable, "-m", "controlhub.launch", *names]
    done = subprocess.run(command, cwd=servers.ROOT, env=env, check=False, capture_output=True, text=True, timeout=90)
    return done.returncode, done.stderr


@pytest.mark.processes
@pytest.mark.parametrize("names", [[], [MIGRATE]], ids=["make run", MIGRATE])
def test_older_release_refuses_a_newer_database(names, newer_database, tmp_path):
    """Before it listens, takes jobs or migrates."""
    code, text = run(tmp_path, *names)
    assert code == 1
    assert "Control Hub cannot start. The database was migrated by a newer release" in text


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [[], ["core"]], ids=["make run", "core"])
def test_unsafe_settings_are_refused(names, tmp_path):
    code, text = run(tmp_path, *names, ALLOWED_HOSTS="*")
    assert code == 1
    assert "Control Hub cannot start. ALLOWED_HOSTS contains *" in text
    assert "ALLOW_UNSAFE=any-host" in text


@pytest.mark.processes
@pytest.mark.django_db
def test_node_generates_no_keys(tmp_path):
    """Two nodes with different keys could not read each other's sessions and secrets."""
    code, text = run(tmp_path, "web", SECRET_KEY="")
    assert code == 1
    assert "SECRET_KEY is not set" in text
    assert list((tmp_path / "secrets").iterdir()) == []
