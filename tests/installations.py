"""A VAR_DIR in which Control Hub was started once. Tests copy it instead of waiting for a first start each.

The processes of a test run share it. The first one, pytest-xdist's controller, removes it at the end with the hook.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

RUN = os.environ.setdefault("TEST_RUN", str(os.getpid()))
"""The first process of this test run. The others inherit it."""
PLACE = Path(tempfile.gettempdir()) / f"chub-once-{RUN}"
LOCK, TOKEN = PLACE.with_suffix(".lock"), PLACE / "token"


def pytest_sessionfinish():
    if str(os.getpid()) == RUN:
        shutil.rmtree(PLACE, ignore_errors=True)
        LOCK.unlink(missing_ok=True)


@cache
def started_once():
    """The VAR_DIR, without running processes, and the token shown by its first start.

    None if the database is elsewhere and cannot be copied, such as when root uses a private folder.
    """
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not TOKEN.exists():
            shutil.rmtree(PLACE, ignore_errors=True)
            PLACE.mkdir(mode=0o755)
            start_and_stop()
    var_dir = PLACE / "var"
    return None if (var_dir / "postgres").is_symlink() else (var_dir, TOKEN.read_text())


def start_and_stop():
    from bench import launched

    with launched.running(folder=PLACE) as hub:
        token = hub.welcome["Secret token"]
        assert hub.stop() == 0
    TOKEN.write_text(token)


def copy_to(var_dir):
    """Make this VAR_DIR a copy. Returns what only the first start shows."""
    if not (found := started_once()):
        return {}
    subprocess.run(["cp", "--archive", found[0], var_dir], check=True)
    return {"Secret token": found[1]}
