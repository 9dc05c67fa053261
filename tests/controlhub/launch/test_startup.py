"""Reasons not to start: an older release, and unsafe settings that were not accepted by name."""

import re
import subprocess
import sys

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from controlhub.database import releases
from controlhub.launch import startup
from controlhub.launch.cluster import Cluster
from controlhub.security import dangers
from tests import servers

pytestmark = pytest.mark.django_db
STRONG = "a key of the right length, with many characters"


@pytest.fixture(autouse=True)
def safe(settings, monkeypatch):
    """A safe deployment. The dangers of the test server are accepted."""
    settings.ALLOW_UNSAFE = [danger.name for danger in dangers.OF_DATABASE]
    for name in dangers.KEYS:
        monkeypatch.setenv(name, STRONG.replace(" ", "-"))


def test_safe_deployment_starts():
    assert startup.reasons() == []


@pytest.mark.parametrize("key", ["short", "x" * 50, "password" * 8], ids=["short", "one character", "few characters"])
@pytest.mark.parametrize("name", dangers.KEYS)
def test_weak_key_must_be_accepted(monkeypatch, settings, name, key):
    monkeypatch.setenv(name, key)
    (reason,) = startup.reasons()
    accept = f"weak-{name.lower().replace('_', '-')}"
    assert reason.startswith(f"{name} has fewer than")
    assert f"ALLOW_UNSAFE={accept}" in reason
    assert key not in reason
    settings.ALLOW_UNSAFE += [accept]
    assert startup.reasons() == []


def test_old_encryption_key_may_be_weak(monkeypatch):
    monkeypatch.setenv("ENCRYPTION_KEY", f"{STRONG.replace(' ', '-')} old")
    assert startup.reasons() == []


def test_missing_key_is_refused(monkeypatch, settings, tmp_path):
    monkeypatch.delenv("SIGNING_KEY")
    settings.VAR_DIR = tmp_path
    (reason,) = startup.reasons()
    assert reason.startswith("SIGNING_KEY is not set")


def test_wildcard_host_must_be_accepted(settings):
    settings.ALLOWED_HOSTS = ["hub.example.com", "*"]
    (reason,) = startup.reasons()
    assert "ALLOW_UNSAFE=any-host" in reason


def test_unknown_name_in_allow_unsafe_is_refused(settings):
    settings.ALLOW_UNSAFE = ["fsync_off"]
    (reason,) = startup.reasons()
    assert reason.startswith("ALLOW_UNSAFE contains fsync_off. The names are any-host, ")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL with default settings, a role that is not a superuser, and a function that changes a setting."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "secrets").mkdir()
    cluster = Cluster(folder / "postgres", folder / "secrets")
    cluster.start()
    try:
        cluster.make_database()
        with psycopg.connect(cluster.owner_url, autocommit=True) as owner:
            owner.execute("CREATE ROLE hub LOGIN PASSWORD 'hub'")

            def change(setting, value):
                owner.execute(f"ALTER SYSTEM SET {setting} = {value}")
                owner.execute("SELECT pg_reload_conf()")
                servers.wait_for(
                    lambda: owner.execute("SELECT current_setting(%s)", [setting]).fetchone() == (value,),
                    message=f"{setting} did not change",
                )

            yield cluster, change
    finally:
        cluster.stop()


def dangers_of(url):
    """The names of the dangers that a process finds in the database at this URL."""
    program = (
        "import django; django.setup(); from controlhub.security import dangers; "
        "print(*map(str, dangers.in_database()))"
    )
    env = servers.environment(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="controlhub.settings")
    done = subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True, text=True)
    return re.findall(r"ALLOW_UNSAFE=([a-z-]+)", done.stdout)


def test_embedded_postgresql_is_safe(server):
    cluster, _ = server
    assert dangers_of(cluster.url("hub", "hub")) == []


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_server_that_may_lose_data_is_reported(server, setting):
    cluster, change = server
    change(setting, "off")
    try:
        assert dangers_of(cluster.url("hub", "hub")) == [f"{setting.replace('_', '-')}-off"]
    finally:
        change(setting, "on")
    assert dangers_of(cluster.url("hub", "hub")) == []


def test_superuser_role_is_reported(server):
    cluster, _ = server
    assert dangers_of(cluster.owner_url) == ["superuser-role"]


def test_check_command_names_accepted_dangers(settings, capsys):
    call_command("check", "--database", "default")
    assert "controlhub.superuser-role" in capsys.readouterr().err


def test_unreachable_database_does_not_prevent_the_start():
    """The process responds with 503 until the database is back."""
    program = "import django; django.setup(); from controlhub.launch import startup; print(startup.reasons())"
    url = f"postgres://neo@127.0.0.1:{servers.free_port()}/matrix"
    env = servers.environment(DJANGO_SETTINGS_MODULE="controlhub.settings", DATABASE_URL=url)
    done = subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
    assert "Could not check whether the database matches this release and is safe: not running" in done.stderr


def test_newer_database_is_refused(settings):
    MigrationRecorder(connection).record_applied("controlhub", "9999_future")
    (reason,) = startup.reasons()
    assert reason.startswith("The database was migrated by a newer release of Control Hub (controlhub 9999_future).")


@pytest.mark.parametrize(
    ("app", "name"),
    [("controlhub", "0000_replaced_by_a_squashed_one"), ("removed_application", "0001_initial")],
)
def test_replaced_or_removed_migration_is_not_newer(app, name):
    MigrationRecorder(connection).record_applied(app, name)
    assert releases.newer(releases.applied()) == []


def test_missing_migrations_are_logged(caplog):
    last = max(name for app, name in releases.applied() if app == "controlhub")
    MigrationRecorder(connection).record_unapplied("controlhub", last)
    with caplog.at_level("WARNING", logger="controlhub"):
        assert startup.reasons() == []
    assert f"lacks migrations of this release (controlhub {last})" in caplog.text
