"""What a killed run left behind is ended, and nothing comes back."""

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
    """An argument by which the processes of this test are known; what is left of them is ended."""
    yield str(tmp_path)
    for process in marked(str(tmp_path)):
        process.kill()


def test_a_supervisor_starts_no_other_worker_in_place_of_one_that_is_ended(tmp_path, mark):
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
