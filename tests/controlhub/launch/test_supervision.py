"""Services of a running `make run` are killed: the others continue, and the killed ones are restarted automatically."""

import os
import shutil
import signal
import socket
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from tests import installations, servers
from tests.controlhub.launch.test_launch import environment, launched, left_behind, text_of, until_ready

pytestmark = pytest.mark.processes
BACK_WITHIN = 60
PATHS = ("/health/live", "/health/ready")


class Running:
    """A launched Control Hub with jobs that run every second."""

    def __init__(self, launcher, env, log):
        self.launcher, self.env, self.log = psutil.Process(launcher.pid), env, log
        self.var_dir, self.address = Path(env["VAR_DIR"]), f"http://127.0.0.1:{env['PORT']}"

    def services(self):
        """Maps names to the processes of the workers and the scheduler."""
        found = {}
        for process in self.launcher.children(recursive=True):
            with suppress(psutil.Error):
                if process.name() in {"core", "outbound", "long", "beat"}:
                    found[process.name()] = process
        return found

    def template(self):
        """The process that forks the others."""
        (found,) = [child for child in self.launcher.children() if "controlhub.launch.forks" in child.cmdline()]
        return found

    def service(self, name):
        return servers.wait_for(lambda: self.services().get(name), message=f"{name} did not run")

    def web_workers(self):
        """The process IDs of the processes that handle requests."""
        found = set()
        for child in self.launcher.children(recursive=True):
            with suppress(psutil.Error):
                if child.name().startswith("web-"):
                    found.add(child.pid)
        return found

    def postmaster(self):
        return int((self.var_dir / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    def answers(self, path="/health/ready"):
        return servers.answers(self.address + path)

    def job_runs(self, name="seal_audit"):
        url = (self.var_dir / "secrets" / "database_url").read_text()
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT runs FROM controlhub_scheduledjob WHERE name = %s", [name]).fetchone()
        return row[0] if row else 0

    def wait_until_healthy(self):
        servers.wait_for(self.answers, seconds=BACK_WITHIN, message="the web server was not ready")
        servers.wait_for(lambda: len(self.web_workers()) == 2, seconds=BACK_WITHIN, message="web workers were missing")
        self.wait_until_jobs_run()

    def wait_until_jobs_run(self):
        before = self.job_runs()
        servers.wait_for(lambda: self.job_runs() > before + 1, seconds=BACK_WITHIN, message="no job ran")

    def restart_lines(self, name):
        return [line for line in text_of(self.log).splitlines() if f"launcher | {name} ended" in line]


@contextmanager
def always_answering(running):
    """Check that the web server responds throughout the block, by sending requests over new connections.

    A request is sent again if its web process was killed while handling it.
    """
    over, answers = threading.Event(), []

    def ask():
        while not over.is_set():
            answers.append(all(running.answers(path) or running.answers(path) for path in PATHS))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert len(answers) > 1
    assert all(answers), f"{answers.count(False)} of {len(answers)} requests failed"


@pytest.fixture(scope="module")
def control_hub():
    folder = Path(tempfile.mkdtemp(prefix="chub-"))
    folder.chmod(0o755)
    env = environment(folder / "var", AUDIT_SEAL_INTERVAL="1")
    installations.copy_to(folder / "var")
    with (folder / "log").open("w") as log, launched(env, log) as launcher:
        until_ready(launcher, log)
        running = Running(launcher, env, log)
        yield running
        assert launcher.poll() is None, "the launcher gave up"
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(60) == 0
    assert left_behind(folder / "var") == []
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def running(control_hub):
    control_hub.wait_until_healthy()
    return control_hub


@pytest.mark.parametrize("name", ["core", "outbound", "long", "beat"])
def test_killed_worker_or_scheduler_is_restarted_while_the_web_server_responds(running, name):
    killed, lines = running.service(name), len(running.restart_lines(name))
    with always_answering(running):
        killed.kill()
        servers.wait_for(lambda: running.service(name).pid != killed.pid, message=f"{name} did not come back")
        running.wait_until_jobs_run()
    (new,) = running.restart_lines(name)[lines:]  # "now", or "in 1 s" if another test has just killed it
    assert new.partition("| ")[2].startswith(f"{name} ended (killed by SIGKILL). Restarting ")


def test_web_server_survives_killing_a_worker_twice_within_three_seconds(running):
    """Its replacement is killed before it responds. The other web process continues."""
    with always_answering(running):
        kept = running.web_workers()
        victim = kept.pop()
        os.kill(victim, signal.SIGKILL)
        successors = servers.wait_for(
            lambda: running.web_workers() - kept - {victim}, seconds=3, message="the web process was not replaced"
        )
        os.kill(successors.pop(), signal.SIGKILL)
        running.wait_until_healthy()


def test_connections_wait_while_all_web_processes_are_replaced(running):
    """The launcher owns the socket, so connections wait instead of being refused."""
    before = running.web_workers()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    with socket.create_connection(("127.0.0.1", int(running.env["PORT"])), timeout=BACK_WITHIN) as client:
        client.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
    running.wait_until_healthy()
    assert not running.web_workers() & before


def test_killing_the_template_kills_no_service_and_restarts_still_work(running):
    template, before, web = running.template(), running.services(), running.web_workers()
    victim = before.pop("core")
    children = [*before.values(), *map(psutil.Process, web)]
    with always_answering(running):
        template.kill()
        template.wait(BACK_WITHIN)
        assert all(process.is_running() for process in children)
        victim.kill()
        # They are no longer children of the launcher, but still supervised.
        servers.wait_for(lambda: running.services().get("core"), seconds=BACK_WITHIN, message="core did not come back")
        for process in children:
            process.kill()
        running.wait_until_healthy()
        names = {"core", "outbound", "long", "beat"}
        servers.wait_for(lambda: running.services().keys() == names, seconds=BACK_WITHIN, message="not all came back")


def test_killed_postgresql_is_restarted(running):
    """A statement runs meanwhile. Its backend outlives the parent and would keep PostgreSQL from starting again."""
    killed, lines = running.postmaster(), len(running.restart_lines("postgres"))
    with busy_backend(running):
        os.kill(killed, signal.SIGKILL)
        servers.wait_for(
            lambda: running.answers() and running.postmaster() != killed,
            seconds=15,
            message="the service did not answer again",
        )
    running.wait_until_healthy()
    assert len(running.restart_lines("postgres")) == lines + 1


@contextmanager
def busy_backend(running):
    """A database connection with a statement that takes minutes. Both have ended by the end of the block."""
    url = (running.var_dir / "secrets" / "database_url").read_text()
    with psycopg.connect(url, autocommit=True) as connection, psycopg.connect(url, autocommit=True) as observer:
        backend = psutil.Process(connection.info.backend_pid)
        thread = threading.Thread(target=run_until_disconnected, args=(connection,))
        thread.start()
        state = "SELECT state = 'active' AND query LIKE '%%generate_series%%' FROM pg_stat_activity WHERE pid = %s"
        try:
            servers.wait_for(
                lambda: observer.execute(state, [backend.pid]).fetchone()[0], message="the statement did not start"
            )
            yield
            assert not backend.is_running(), "the old backend still runs"
        finally:
            with suppress(psutil.NoSuchProcess):
                backend.kill()
            thread.join()


def run_until_disconnected(connection):
    try:
        connection.execute("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b")
    except psycopg.OperationalError:
        return
