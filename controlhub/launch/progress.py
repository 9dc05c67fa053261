"""The launcher's progress messages."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

NAME_WIDTH = len("postgres")
_lock = threading.Lock()


def say(text: str = "") -> None:
    with _lock:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def log(name: str, text: str) -> None:
    """Print a line from a service or the launcher, with the date and time in UTC.

    If the reader of our output has gone, the services must not stop.
    """
    with suppress(OSError):
        say(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ} {name:{NAME_WIDTH}} | {text}")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print `name … 0.6 s` around a piece of work."""
    sys.stdout.write(f"  {name} … ")
    sys.stdout.flush()
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say("failed")
        raise
    say(f"{time.monotonic() - began:.1f} s")
