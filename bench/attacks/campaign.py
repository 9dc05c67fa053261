"""Run the attacks one after the other, each against its own Control Hub or all against a given address."""

import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import launched
from bench.attacks import ATTACKS, NEED_PROCESSES, figures
from bench.attacks.figures import Figure
from bench.attacks.target import Target
from bench.stack import ROOT

PAGE = ROOT / "docs" / "availability.md"


def attack(options: Namespace) -> int:
    """Returns the exit code: 1 if a limit was exceeded."""
    found: list[Figure] = []
    print("| attack | figure | limit | reached |\n|---|---|--:|--:|", flush=True)
    for module in ATTACKS:
        if options.only not in module.NAME or (options.url and module in NEED_PROCESSES):
            continue
        began = time.monotonic()
        with target_of(options) as target:
            for figure in module.run(target):
                found.append(figure)
                print(figures.line(figure), flush=True)
        print(f"| {module.NAME} | took {time.monotonic() - began:.0f} s | | |", flush=True)
        if options.write:
            figures.write(found, PAGE, options.write)
    return 0 if all(figure.is_reached for figure in found) else 1


@contextmanager
def target_of(options: Namespace) -> Iterator[Target]:
    """The given address, or a new deployment of the checkout with the requested number of users."""
    if options.url:
        yield Target.at(options.url, options.token)
        return
    checkout = Path(options.checkout or ROOT)
    with launched.running(checkout=checkout, TRUSTED_PROXIES="127.0.0.1") as hub:
        people = hub.populate(options.users[0])
        yield Target.of(hub, **people)
