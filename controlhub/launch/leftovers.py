"""Processes of a run that was killed: identified by pid and start time, and ended before the next start."""

import json
from contextlib import suppress
from pathlib import Path

import psutil

WAIT = 10.0
HEAD_START = 0.5


def remember(file: Path) -> None:
    """Save all descendants of this process."""
    found = [
        {"pid": process.pid, "started": process.create_time()} for process in psutil.Process().children(recursive=True)
    ]
    partial = file.with_suffix(".new")
    partial.write_text(json.dumps(found))
    partial.replace(file)


def are_running(file: Path) -> bool:
    """Whether a process that `remember` saved is still running."""
    return any(map(_same, _read(file)))


def end(file: Path) -> int:
    """End the processes that `remember` saved and that are still running. Returns the number of processes.

    Supervisors are stopped first: otherwise they would restart the workers that are stopped.
    """
    processes = [process for entry in _read(file) if (process := _same(entry))]
    family = {child for process in processes for child in [process, *process.children(recursive=True)]}
    supervisors = {process for process in family if not family.isdisjoint(_children(process))}
    for told, seconds in ((supervisors, HEAD_START), (family, WAIT)):
        for process in told:
            _signal(process, hard=False)
        _, alive = psutil.wait_procs(family, timeout=seconds)
    for process in alive:
        _signal(process, hard=True)
    psutil.wait_procs(alive, timeout=WAIT)
    file.unlink(missing_ok=True)
    return len(family)


def _read(file: Path) -> list[dict[str, float]]:
    try:
        found: list[dict[str, float]] = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return []
    return found


def _same(entry: dict[str, float]) -> psutil.Process | None:
    """Returns the process that was saved, but not another one that reuses its pid."""
    try:
        process = psutil.Process(int(entry["pid"]))
        return process if process.create_time() == entry["started"] else None
    except psutil.NoSuchProcess:
        return None


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _signal(process: psutil.Process, *, hard: bool) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill() if hard else process.terminate()
