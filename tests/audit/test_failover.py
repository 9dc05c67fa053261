"""After a failover to a replica that lost its latest events, `verify_audit` reports only the recorded recovery."""

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from audit.models import AuditEvent, AuditLeaf
from audit.recovered import recoveries
from audit.seal import seal_events
from controlhub.launch.cluster import Cluster, _identity, _own_folder
from controlhub.models import User
from tests import factories
from tests.audit.verifying import verify
from tests.servers import wait_for

pytestmark = [pytest.mark.deep, pytest.mark.processes, pytest.mark.django_db(transaction=True)]

CAUGHT_UP = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"


@pytest.fixture
def organization(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return factories.make_organization()


def make_users(organization, name, number=100):
    for index in range(number):
        factories.make_user(organization, f"{name}{index}@example.com")


def seal():
    while seal_events():
        pass


def server():
    """The address of the server of the test database."""
    used = connection.settings_dict
    host = used["HOST"] or used["OPTIONS"].get("host")
    return psycopg.conninfo.make_conninfo(user=used["USER"], password=used["PASSWORD"], host=host, port=used["PORT"])


class Replica:
    """A streaming replica of the test's own server."""

    def __init__(self, folder):
        self.cluster = Cluster(folder / "postgres", folder / "secrets", durable=False)

    def start(self):
        _own_folder(self.cluster.home)
        command = [self.cluster.binaries / "pg_basebackup", "--pgdata", self.cluster.data, "--write-recovery-conf"]
        command += ["--checkpoint=fast", "--no-sync", f"--dbname={server()}"]
        subprocess.run(command, check=True, capture_output=True, timeout=120, cwd="/", **_identity())
        self.cluster.start()

    def ask(self, statement, *parameters):
        """Returns the first value of the replica's response."""
        used = connection.settings_dict
        address = self.cluster.url(used["USER"], used["PASSWORD"], used["NAME"])
        with psycopg.connect(address, autocommit=True) as session:
            done = session.execute(statement, parameters or None)
            return done.fetchone()[0] if done.description else None

    def stop_receiving(self):
        """Let the replica receive everything written so far, and nothing after it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_switch_wal()")
            cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            (position,) = cursor.fetchone()
        wait_for(lambda: self.ask(CAUGHT_UP, position), message="the replica did not catch up")
        self.ask("ALTER SYSTEM SET primary_conninfo = ''")
        self.ask("SELECT pg_reload_conf()")
        wait_for(lambda: self.ask("SELECT count(*) = 0 FROM pg_stat_wal_receiver"), message="it still receives")

    @contextmanager
    def promoted(self):
        """Make the installation use the promoted replica until the end of the block."""
        assert self.ask("SELECT pg_promote()")
        connection.close()
        used = connection.settings_dict
        before = used["HOST"], used["PORT"], dict(used["OPTIONS"])
        used["OPTIONS"].pop("host", None)
        used["HOST"], used["PORT"] = str(self.cluster.sockets), ""
        try:
            yield
        finally:
            connection.close()
            used["HOST"], used["PORT"], used["OPTIONS"] = before


@pytest.fixture
def replica(organization):
    folder = Path(tempfile.mkdtemp(prefix="chub-replica-"))
    folder.chmod(0o755)
    found = Replica(folder)
    try:
        found.start()
        yield found
    finally:
        found.cluster.stop()
        shutil.rmtree(found.cluster.home, ignore_errors=True)
        shutil.rmtree(folder)


def test_lost_events_are_reported_as_a_recorded_recovery(organization, replica, capsys):
    make_users(organization, "kept")
    seal()
    kept = AuditLeaf.objects.count()
    replica.stop_receiving()
    make_users(organization, "lost")
    seal()
    lost = AuditLeaf.objects.count()
    assert lost > kept
    assert verify(capsys)[0] == 0
    with replica.promoted():
        assert not User.objects.filter(user_name__startswith="lost").exists()
        make_users(organization, "later", 3)
        code, said = verify(capsys)
        assert code == 1
        assert f"events {kept} to {lost - 1} were removed together with their leaves" in said.err
        call_command("recover_audit", reason="Failed over to the replica")
        code, said = verify(capsys)
        assert (code, said.err) == (0, "")
        assert f"events {kept} to {lost - 1} of the log before that are lost" in said.out
        make_users(organization, "last", 10)
        code, said = verify(capsys)
        assert (code, said.err) == (0, "")
        assert len(recoveries(organization.pk)) == 1
        assert AuditLeaf.objects.count() == AuditEvent.objects.count()


def test_events_whose_seals_are_lost_are_sealed_again(organization, replica, capsys):
    """The replica has the events without their seals, which are made again after the recovery."""
    make_users(organization, "sealed")
    seal()
    make_users(organization, "kept")
    kept = AuditEvent.objects.count()
    replica.stop_receiving()
    seal()
    make_users(organization, "lost")
    seal()
    with replica.promoted():
        assert AuditEvent.objects.count() == kept > AuditLeaf.objects.count()
        assert verify(capsys)[0] == 1
        call_command("recover_audit", reason="Failed over to the replica")
        code, said = verify(capsys)
        assert (code, said.err) == (0, "")
        (recovery,) = recoveries(organization.pk)
        assert (recovery.loss.first, recovery.loss.fewest) == (kept, recovery.loss.most), "a checkpoint proves it"
        assert AuditLeaf.objects.count() == AuditEvent.objects.count() == kept + 1
