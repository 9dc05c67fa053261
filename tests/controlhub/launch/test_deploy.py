"""SIGHUP and SIGTERM under load: a deployment loses no request."""

import shutil
import signal
import tempfile
import threading
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
import requests

from tests import installations, servers
from tests.controlhub.launch.test_launch import environment, launched, left_behind, text_of, until_ready
from tests.controlhub.launch.test_supervision import Running

pytestmark = pytest.mark.processes
CLIENTS = 4
REQUESTS_PER_SECOND = 30
RELOADED_WITHIN = 150


class Load:
    """Clients that constantly read and write over persistent connections until they are stopped."""

    def __init__(self, shown):
        self.url, self.headers = shown["Tenant URL"], {"Authorization": f"Bearer {shown['Secret token']}"}
        self.over, self.statuses, self.numbers = threading.Event(), Counter(), count()
        self.threads = [threading.Thread(target=self.work) for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def work(self):
        with requests.Session() as session:
            session.headers.update(self.headers)
            while not self.over.wait(2 * CLIENTS / REQUESTS_PER_SECOND):
                name = f"user{next(self.numbers)}@example.com"
                self.ask(session, "POST", "/Users", json={"userName": name})
                self.ask(session, "GET", "/Users?count=1")

    def ask(self, session, method, path, **options):
        """An idle connection may be closed during a request. The request is then sent again (RFC 9110 §9.2.2)."""
        for last in (False, True):
            try:
                self.statuses[session.request(method, self.url + path, timeout=30, **options).status_code] += 1
            except requests.ConnectionError as error:
                if last:
                    self.statuses[type(error).__name__] += 1
            else:
                return


@pytest.fixture
def control_hub():
    folder = Path(tempfile.mkdtemp(prefix="chub-"))
    folder.chmod(0o755)
    env = environment(folder / "var", AUDIT_SEAL_INTERVAL="1")
    copied = installations.copy_to(folder / "var")
    with (folder / "log").open("w") as log, launched(env, log) as launcher:
        shown = until_ready(launcher, log) | copied
        yield Running(launcher, env, log), launcher, shown
        assert launcher.poll() is not None, "the test ends the launcher"
    assert left_behind(folder / "var") == []
    shutil.rmtree(folder, ignore_errors=True)


def test_reload_under_load_loses_no_request_and_sigterm_finishes_started_ones(control_hub):
    running, launcher, shown = control_hub
    workers, services = running.web_workers(), running.services()
    with Load(shown) as load:
        servers.wait_for(lambda: load.statuses[201] > 10)
        launcher.send_signal(signal.SIGHUP)
        servers.wait_for(lambda: "Reloaded." in text_of(running.log), seconds=RELOADED_WITHIN, message="no reload")
        before = load.statuses[201]
        servers.wait_for(lambda: load.statuses[201] > before + 10)
    assert set(load.statuses) == {200, 201}, load.statuses
    running.wait_until_healthy()
    assert not running.web_workers() & workers
    assert {name: process.pid for name, process in running.services().items()}.keys() == services.keys()
    assert not any(process.is_running() for process in services.values())

    address = shown["Tenant URL"]
    with requests.Session() as session:
        session.headers.update(load.headers)
        assert session.get(f"{address}/Users?count=1", timeout=10).json()["totalResults"] >= load.statuses[201]
    launcher.send_signal(signal.SIGTERM)
    assert launcher.wait(30) == 0
