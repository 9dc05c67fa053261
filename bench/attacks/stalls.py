"""A locked row and a stopped PostgreSQL: requests that need it get 503 soon, and no others fail."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import psutil
import psycopg

from bench.attacks.figures import Figure
from bench.attacks.paced import Paced
from bench.attacks.target import NO_ANSWER, Answer, Target, patch

NAME = "stalls"
SECONDS = 5
WRITERS = 12
RETRIED_AFTER = 0.5
NOTHING = Answer(NO_ANSWER, {}, b"", 0.0)


def run(target: Target, *, rate: float = 50, seconds: float = 10) -> Iterator[Figure]:
    """Update one locked user while others read, then send requests while all PostgreSQL processes are stopped."""
    users = target.users(100)
    paths = [f"{target.path}/Users/{user['id']}" for user in users[1:]]
    Paced(target, paths, rate=rate, seconds=2).run()
    before = Paced(target, paths, rate=rate, seconds=seconds / 2).run()
    with locked(target, users[0]["id"]), ThreadPoolExecutor(WRITERS) as threads:
        ends_at = time.monotonic() + seconds
        writers = [threads.submit(write_until, target, users[0]["id"], number, ends_at) for number in range(WRITERS)]
        during = Paced(target, paths, rate=rate, seconds=seconds).run()
        answers = [answer for writer in writers for answer in writer.result()]
    remark = f"{before.p95 * 1000:.0f} → {during.p95 * 1000:.0f} ms"
    yield Figure(NAME, "locked row: p95 of readers", during.ratio_to(before), 2, "×", is_timed=True, remark=remark)
    yield Figure(NAME, "locked row: failures of readers", during.refused, 0)
    yield from bounded("locked row: writers", answers)
    yield from stopped(target, paths)


def bounded(name: str, answers: list[Answer]) -> Iterator[Figure]:
    """The longest wait, and the number of responses other than 503 with `Retry-After`."""
    wrong = [answer.status for answer in answers if answer.status != 503 or "retry-after" not in answer.headers]
    yield Figure(
        NAME, f"{name}: slowest answer", max(answer.seconds for answer in answers), SECONDS, "s", is_timed=True
    )
    yield Figure(NAME, f"{name}: not 503 with `Retry-After`", len(wrong), 0, remark=f"of {len(answers)}")


@contextmanager
def locked(target: Target, user: str) -> Iterator[None]:
    with psycopg.connect(target.started.database_url) as connection:
        connection.execute("SELECT 1 FROM controlhub_user WHERE id = %s FOR UPDATE", [user])
        yield
        connection.rollback()


def write_until(target: Target, user: str, number: int, ends_at: float) -> list[Answer]:
    """A client that updates the user and retries after each failure."""
    answers = []
    while time.monotonic() < ends_at:
        change = patch({"op": "replace", "path": "title", "value": f"{number} {len(answers)}"})
        answers.append(asked(target, "PATCH", f"/Users/{user}", change))
        time.sleep(RETRIED_AFTER)
    return answers


def asked(target: Target, method: str, path: str, body: object = None) -> Answer:
    """Returns the response, or one with the status 0 if there was none."""
    began = time.monotonic()
    try:
        return target.request(method, path, body, timeout=60)
    except OSError:
        return NOTHING._replace(seconds=time.monotonic() - began)


def stopped(target: Target, paths: list[str]) -> Iterator[Figure]:
    """Send eight requests at once, half of them writes, after PostgreSQL has stopped responding."""
    relative = [path.removeprefix(target.path) for path in paths]
    change = patch({"op": "replace", "path": "title", "value": "stopped"})

    def ask(number: int) -> Answer:
        if number % 2:
            return asked(target, "PATCH", relative[number], change)
        return asked(target, "GET", relative[number])

    with silent(target), ThreadPoolExecutor(9) as threads:
        requests = [threads.submit(ask, number) for number in range(8)]
        time.sleep(1)
        live = Paced(target, ["/health/live"], rate=5, seconds=3).run()
        answers = [request.result() for request in requests]
    yield from bounded("PostgreSQL stopped", answers)
    yield Figure(NAME, "PostgreSQL stopped: `/health/live` without an answer", live.refused, 0)
    began = time.monotonic()
    while asked(target, "GET", relative[0]).status != 200 and time.monotonic() - began < 60:
        time.sleep(0.1)
    yield Figure(NAME, "PostgreSQL resumes: first success", time.monotonic() - began, SECONDS, "s", is_timed=True)


@contextmanager
def silent(target: Target) -> Iterator[None]:
    """Freeze all processes of PostgreSQL during the block."""
    postmaster = target.started.postmaster()
    processes = [postmaster, *postmaster.children(recursive=True)]
    try:
        send(processes, signal.SIGSTOP)
        yield
    finally:
        send(processes, signal.SIGCONT)


def send(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
