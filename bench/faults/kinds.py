"""The faults. Each function breaks something and returns the moment at which the fault ended.

It repairs only things that cannot recover by themselves: a full disk, a stopped server, a killed launcher.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import psutil
import psycopg

from bench.faults.outside import Surroundings, fill
from bench.launched import wait_for

HANG_SECONDS = 4.0
FULL_SECONDS = 4.0, 20.0
SEGMENTS = 50
PRESENT_SECONDS = 30
"""Seconds to wait for the process to kill, because an earlier fault may have killed it, too."""
MAIL = """
INSERT INTO controlhub_outgoingmail (id, organization_id, address, subject, body, created_at, try_at, tries, error)
SELECT gen_random_uuid(), %s, 'neo@example.com', 'Subject', 'Body', now(), now(), 0, '' FROM generate_series(1, 20)
"""


@dataclass(frozen=True)
class Fault:
    """`stops_web`: connections of clients may be refused or closed during the fault."""

    name: str
    cause: Callable[[Surroundings, random.Random], float]
    stops_web: bool = False
    needs_disk: bool = False


def kill(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        process.kill()
    return time.monotonic()


def service(around: Surroundings, name: str) -> psutil.Process:
    found: psutil.Process = wait_for(
        lambda: around.hub.services().get(name), seconds=PRESENT_SECONDS, message=f"{name} was not restarted"
    )
    return found


def kill_web_worker(around: Surroundings, chance: random.Random) -> float:
    return kill(chance.choice(web_workers(around)))


def kill_web_worker_twice(around: Surroundings, chance: random.Random) -> float:
    """Kill a worker and then its replacement, within three seconds."""
    before = web_workers(around)
    kill(chance.choice(before))
    with suppress(TimeoutError):  # the web server itself may have stopped
        wait_for(lambda: set(around.hub.web_workers()) - set(before), seconds=3, message="it had no successor")
    for successor in set(around.hub.web_workers()) - set(before):
        kill(successor)
    return time.monotonic()


def web_workers(around: Surroundings) -> list[psutil.Process]:
    found: list[psutil.Process] = wait_for(
        around.hub.web_workers, seconds=PRESENT_SECONDS, message="the web server was not restarted"
    )
    return sorted(found, key=lambda process: process.pid)


def kill_web(around: Surroundings, _chance: random.Random) -> float:
    """Kill the whole web server."""
    for process in around.hub.web():
        kill(process)
    return time.monotonic()


def kill_background(around: Surroundings, chance: random.Random) -> float:
    """Kill one of the workers that run jobs."""
    service(around, "worker")
    workers = sorted(name for name in around.hub.services() if name.startswith("worker"))
    return kill(service(around, chance.choice(workers)))


def kill_beat(around: Surroundings, _chance: random.Random) -> float:
    return kill(service(around, "beat"))


def end_backend(around: Surroundings, chance: random.Random) -> float:
    """Terminate a backend, as a database administrator could."""
    os.kill(backend(around, chance), signal.SIGTERM)
    return time.monotonic()


def kill_backend(around: Surroundings, chance: random.Random) -> float:
    """Kill a backend, as the kernel does when out of memory: PostgreSQL ends all others and recovers."""
    os.kill(backend(around, chance), signal.SIGKILL)
    return time.monotonic()


def backend(around: Surroundings, chance: random.Random) -> int:
    query = (
        "SELECT pid FROM pg_stat_activity WHERE usename = 'controlhub_runtime' AND pid <> pg_backend_pid() ORDER BY 1"
    )

    def pids() -> list[int]:
        with suppress(psycopg.Error), psycopg.connect(around.hub.database_url) as connection:
            return [row[0] for row in connection.execute(query)]
        return []

    return chance.choice(wait_for(pids, seconds=PRESENT_SECONDS, message="PostgreSQL was not restarted"))


def kill_postmaster(around: Surroundings, _chance: random.Random) -> float:
    found: psutil.Process = wait_for(
        lambda: postmaster(around), seconds=PRESENT_SECONDS, message="it was not restarted"
    )
    return kill(found)


def postmaster(around: Surroundings) -> psutil.Process | None:
    with suppress(psutil.Error, OSError, ValueError, IndexError):
        return around.hub.postmaster()
    return None


def kill_launcher(around: Surroundings, _chance: random.Random) -> float:
    """Kill the launcher and start it again. The fault ends when the launcher reports that it is ready."""
    around.hub.kill()
    around.hub.start()
    return time.monotonic()


def fill_disk(around: Surroundings, chance: random.Random, *, with_log: bool = False) -> float:
    """Fill the disk. `with_log`: until PostgreSQL has no space for its WAL, which stops it."""
    if around.disk is None:
        raise RuntimeError("there is no small disk")
    file = fill(around.disk)
    if with_log:
        exhaust_log(around)
    time.sleep(chance.uniform(*FULL_SECONDS))
    file.unlink()
    return time.monotonic()


def exhaust_log(around: Surroundings) -> None:
    """Make PostgreSQL switch WAL segments repeatedly. Without disk space, it stops at once."""
    with suppress(psycopg.Error, OSError), psycopg.connect(around.hub.owner_url, autocommit=True) as connection:
        for _ in range(SEGMENTS):
            connection.execute("SELECT pg_logical_emit_message(false, 'fault', 'x'), pg_switch_wal()")


def hang_redis(around: Surroundings, _chance: random.Random) -> float:
    with hanging(around.redis.pid):
        time.sleep(HANG_SECONDS)
    return time.monotonic()


def hang_mail(around: Surroundings, _chance: random.Random) -> float:
    """Hang the mail server while mail is due."""
    organization = around.hub.welcome["Organization ID"]
    with hanging(around.mail.pid):
        with psycopg.connect(around.hub.database_url) as connection:
            connection.execute(MAIL, [organization])
        time.sleep(HANG_SECONDS)
    return time.monotonic()


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


FAULTS = (
    Fault("web worker killed", kill_web_worker, stops_web=True),
    Fault("web worker killed twice", kill_web_worker_twice, stops_web=True),
    Fault("web server killed", kill_web, stops_web=True),
    Fault("job worker killed", kill_background),
    Fault("beat killed", kill_beat),
    Fault("backend ended", end_backend),
    Fault("backend killed", kill_backend),
    Fault("postmaster killed", kill_postmaster),
    Fault("launcher killed", kill_launcher, stops_web=True),
    Fault("disk full", fill_disk, needs_disk=True),
    Fault("disk full, log too", partial(fill_disk, with_log=True), needs_disk=True),
    Fault("Redis hangs", hang_redis),
    Fault("mail server hangs", hang_mail),
)
