"""SIGHUP: services are replaced one after the other, and nothing is lost if the new ones do not start."""

import itertools
import os
import pty
import signal
import subprocess
import sys

import psutil
import pytest

from controlhub.launch.errors import StartError
from controlhub.launch.supervisor import Supervisor
from tests import servers
from tests.controlhub.launch.test_restarts import Clock, FakeService, _handlers  # noqa: F401 — a fixture

HOUR = 3_600


class Web(FakeService):
    """A service whose replacement overlaps. It is ready after `ready_after` seconds, or exits after `life` seconds."""

    numbers = itertools.count(1)

    def __init__(self, clock, history, *, ready_after=2.0, life=10 * HOUR):
        super().__init__("web", clock, life)
        self.history, self._ready_after, self.number = history, ready_after, next(self.numbers)
        self.next_life = life

    def start(self):
        super().start()
        self._ready_at = self._clock() + self._ready_after
        self.history.append(("start", self.number))

    def is_ready(self):
        return self._clock() >= self._ready_at and self.end_reason() is None

    def request_stop(self):
        self.history.append(("stop", self.number))
        self._ends_at = self._clock() + 3

    def kill(self):
        self.history.append(("kill", self.number))
        self._ends_at = self._clock()

    def successor(self):
        return Web(self._clock, self.history, ready_after=self._ready_after, life=self.next_life)


class Worker(FakeService):
    """A service that must exit before it is started again."""

    def __init__(self, clock, history):
        super().__init__("worker", clock, 10 * HOUR)
        self.history = history

    def start(self):
        super().start()
        self.history.append(("start", "worker"))

    def request_stop(self):
        self.history.append(("stop", "worker"))
        self._ends_at = self._clock() + 3


@pytest.fixture
def run(_handlers):  # noqa: F811
    """Returns a function that supervises services, with SIGHUP at the given moments, and the printed output."""

    def supervise(clock, services, *, hang_ups=(100,), seconds=HOUR, prepare=lambda: None):
        began, left = clock.now, list(hang_ups)

        def tick():
            if left and clock.now - began >= left[0]:
                left.pop(0)
                signal.raise_signal(signal.SIGHUP)
            if clock.now - began >= seconds:
                signal.raise_signal(signal.SIGTERM)

        Supervisor(services, essential={"web"}, on_tick=tick, prepare=prepare, clock=clock, sleep=clock.pass_time).run()

    return supervise


def test_replacement_is_ready_before_the_old_process_is_stopped(run, capsys):
    clock, history = Clock(), []
    web = Web(clock, history)
    first = web.number
    run(clock, [web, Worker(clock, history)])
    expected = [("start", first), ("start", "worker"), ("stop", "worker"), ("start", "worker")]
    expected += [("start", first + 1), ("stop", first), ("stop", first + 1), ("stop", "worker")]
    assert history[: len(expected)] == expected
    assert [line.split("| ")[1] for line in capsys.readouterr().out.splitlines()] == ["Reloading.", "Reloaded."]


def test_new_code_that_does_not_start_keeps_the_old_processes(run, capsys):
    clock, history = Clock(), []
    web = Web(clock, history)
    web.next_life = 1.0
    run(clock, [web, Worker(clock, history)])
    assert ("stop", web.number) in history
    assert history.index(("stop", web.number)) == len(history) - 2, "stopped at the end only, before the worker"
    assert "Not reloaded: the new web did not start (exit code 3)." in capsys.readouterr().out


def test_replacement_that_never_gets_ready_is_ended(run, capsys):
    clock, history = Clock(), []
    web = Web(clock, history, ready_after=HOUR)
    run(clock, [web])
    assert ("kill", web.number + 1) in history
    assert "it took too long" in capsys.readouterr().out


def test_failed_migration_stops_the_reload_before_any_change(run, capsys):
    clock, history = Clock(), []
    web = Web(clock, history)

    def fail():
        raise StartError("The migration failed.")

    run(clock, [web], prepare=fail)
    assert history == [("start", web.number), ("stop", web.number)]
    assert "Not reloaded: The migration failed." in capsys.readouterr().out


def test_second_signal_during_a_reload_causes_another_one(run, capsys):
    clock, history = Clock(), []
    run(clock, [Web(clock, history)], hang_ups=(100, 100.3))
    assert capsys.readouterr().out.count("Reloaded.") == 2
    assert len([event for event, _ in history if event == "start"]) == 3


def test_process_that_exits_during_its_replacement_is_not_a_failure(run, capsys):
    clock, history = Clock(), []
    web = Web(clock, history, life=101.0)
    web.next_life = 10 * HOUR
    run(clock, [web], hang_ups=(100,))
    assert "Reloaded." in capsys.readouterr().out


SUPERVISE = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from controlhub.launch.children import executed
from controlhub.launch.supervised import ProcessService
from controlhub.launch.supervisor import Supervisor
def tick():
    if not printed:
        printed.append(1); print("running", os.getpid(), flush=True)
printed = []
sleeper = ProcessService("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], executed(os.environ))
Supervisor([sleeper], essential=set(), on_tick=tick).run()
"""


@pytest.mark.processes
def test_closed_terminal_stops_everything():
    """The launcher runs in its own terminal, which is then closed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISE],
        cwd=servers.ROOT,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
    ) as started:
        os.close(theirs)
        assert started.stdout.readline().startswith("running")
        children = servers.wait_for(lambda: psutil.Process(started.pid).children())
        os.close(ours)
        try:
            assert started.wait(20) == 0
        finally:
            started.kill()
        assert not any(child.is_running() for child in children)
