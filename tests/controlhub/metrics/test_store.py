"""Processes share their counters through files. Those of dead processes are added up and deleted."""

import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest

from controlhub.metrics import store
from controlhub.metrics.store import Store
from tests import servers

PROCESS = """
import sys
from pathlib import Path
from controlhub.metrics.store import Store
board = Store(Path(sys.argv[1])).join()
from prometheus_client import Counter, Histogram
Counter("asked", "Asked", ["kind"], registry=None).labels("page").inc(5)
Histogram("took", "Took", registry=None).observe(0.3)
board.begin()
board.set("threads", 2)
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def counting(folder):
    """A process that has counted, and is killed at the end."""
    command = [sys.executable, "-c", PROCESS, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=servers.ROOT, text=True, **pipes) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def counted(folder):
    with Store(folder).reading() as counters:
        samples = [sample for metric in counters.collect() for sample in metric.samples]
    return {sample.name: sample.value for sample in samples if sample.labels.get("le", "+Inf") == "+Inf"}


def test_counters_of_running_processes_are_added_up(tmp_path):
    with counting(tmp_path), counting(tmp_path):
        found = counted(tmp_path)
        boards = Store(tmp_path).boards()
    assert (found["asked_total"], found["took_count"], round(found["took_sum"], 6)) == (10, 2, 0.6)
    assert [(board["in_flight"], board["threads"], board["queued"]) for board in boards] == [(1, 2, 0)] * 2


def test_counters_of_dead_processes_are_kept_in_few_files(tmp_path):
    """A counter never decreases, and a hundred reloads do not leave a hundred files."""
    for number in range(1, 4):
        with ExitStack() as stack:
            for _ in range(2):
                stack.enter_context(counting(tmp_path))
        assert counted(tmp_path)["asked_total"] == 10 * number
        assert counted(tmp_path)["took_count"] == 2 * number
        assert Store(tmp_path).boards() == []
        assert {path.name for path in tmp_path.iterdir()} == {"lock", "counter_retired.db", "histogram_retired.db"}


def test_incomplete_file_is_ignored(tmp_path):
    with counting(tmp_path):
        pass
    (tmp_path / "counter_1-dead.db").write_bytes(b"")
    (tmp_path / "histogram_1-dead.db").write_bytes(b"\xff\x00\x00\x00" * 9)
    assert counted(tmp_path)["asked_total"] == 5
    assert not list(tmp_path.glob("*dead*"))


def test_full_disk_is_detected_before_a_process_counts(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        Store(tmp_path).join()


def test_files_have_space_for_all_labels(tmp_path):
    """The library extends files without allocating disk space, so writing to one could kill the process."""
    program = PROCESS.replace(
        "board.begin()",
        """
from controlhub.metrics.instruments import BUCKETS
from controlhub.metrics.kinds import METHODS, SCIM_RESOURCES
labels = ["kind", "resource", "method"]
seconds = Histogram("controlhub_request_seconds", "Response time of requests", labels, buckets=BUCKETS, registry=None)
for resource in [*SCIM_RESOURCES, "other", *(f"kind {n}" for n in range(5))]:
    for method in [*METHODS, "other"]:
        seconds.labels("scim", resource, method).observe(1)
board.begin()""",
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        cwd=servers.ROOT,
        env=servers.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert done.stdout == b"ready\n"
    [file] = tmp_path.glob("histogram_*.db")
    assert file.stat().st_size == store.FILE_SIZE
