"""Processes left behind by a killed run are ended and do not come back."""

import json
import subprocess
import sys

import psutil
import pytest

from controlhub.launch import leftovers
from tests import servers

pytestmark = pytest.mark.processes
SUPERVISOR = """
import signal, subprocess, sys
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
while not stopped:
    subprocess.run([sys.executable, "-c", "import sys, time; time.sleep(60)", sys.argv[1]])
"""
SUPERVISORS = 12


def marked(mark):
    found = []
    for process in psutil.process_iter():
        try:
            if mark in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def mark(tmp_path):
    """An argument that identifies the processes of this test, which are killed at the end."""
    yield str(tmp_path)
    for process in marked(str(tmp_path)):
        process.kill()


def test_supervisor_does_not_replace_a_worker_that_is_being_ended(tmp_path, mark):
    file = tmp_path / "processes.json"
    started = [subprocess.Popen([sys.executable, "-c", SUPERVISOR, mark]) for _ in range(SUPERVISORS)]
    servers.wait_for(lambda: len(marked(mark)) == 2 * SUPERVISORS)
    entries = [{"pid": process.pid, "started": process.create_time()} for process in marked(mark)]
    file.write_text(json.dumps(entries))
    assert leftovers.end(file) == 2 * SUPERVISORS
    for process in started:
        process.wait(60)
    assert marked(mark) == []
    assert not file.exists()
