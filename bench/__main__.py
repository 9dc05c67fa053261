"""`python -m bench [--users 20000] [--groups 1000 10000] [--only TEXT] [--write]`, or
`python -m bench portal [--users 1000 1000000] [--requests 500] [--only TEXT] [--write]`, or
`python -m bench directory [--users 1000 10000] [--linked 1000 100000]`, or
`python -m bench exports [--events 1000000]`, or
`python -m bench audit [--events 1000000] [--requests 500] [--only TEXT] [--write]`, or
`python -m bench sealing [--users 200000]`, or
`python -m bench compare --checkout FOLDER [--rounds 10]`, or
`python -m bench soak [--rounds 10] [--scale 5]`, or
`python -m bench soak --minutes 20 [--rate 30] [--reload-every 60]`, or
`python -m bench attacks [--only TEXT] [--users 20000] [--checkout FOLDER | --url URL --token TOKEN]
[--write before]`, or
`python -m bench faults [--writes 10000] [--seed S] [--only TEXT]`.
"""

import argparse
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench import report, soak, stack

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def main() -> None:
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # run the cleanup on SIGTERM, too
    if options.campaign in CAMPAIGNS:
        sys.exit(CAMPAIGNS[options.campaign](options))
    port = stack.free_port()
    with stack.running(port) as running:
        wait(port)
        results = run(running, options)
    if options.write:
        report.write(results, PAGE)


# Imported only where needed: some modules set up Django, which needs a running database.
def _soak(options: argparse.Namespace) -> int:
    if not options.minutes:
        return soak.soak(options.rounds, options.scale)
    from bench.steady import steady

    checkout = Path(options.checkout or stack.ROOT)
    return steady(minutes=options.minutes, rate=options.rate, reload_every=options.reload_every, checkout=checkout)


def _compare(options: argparse.Namespace) -> None:
    from bench import compare

    print(compare.report(compare.compare(Path(options.checkout), options.rounds, options.only)))


def _portal(options: argparse.Namespace) -> None:
    from bench.portal import campaign

    campaign.portal(options, PAGE)


def _directory(options: argparse.Namespace) -> None:
    from bench.directory import directory

    directory(options)


def _audit(options: argparse.Namespace) -> None:
    from bench.audit import audit

    audit(options, PAGE)


def _exports(options: argparse.Namespace) -> None:
    from bench.exports import exports

    exports(options)


def _attacks(options: argparse.Namespace) -> int:
    from bench.attacks import campaign

    return campaign.attack(options)


def _faults(options: argparse.Namespace) -> int:
    from bench.faults.campaign import faults

    checkout = Path(options.checkout or stack.ROOT)
    return faults(writes=options.writes, seed=options.seed, only=options.only, checkout=checkout)


def _sealing(options: argparse.Namespace) -> None:
    from bench.sealing import sealing

    sealing(options)


CAMPAIGNS: dict[str, Callable[[argparse.Namespace], int | None]] = {
    "compare": _compare,
    "soak": _soak,
    "attacks": _attacks,
    "faults": _faults,
    "portal": _portal,
    "directory": _directory,
    "exports": _exports,
    "audit": _audit,
    "sealing": _sealing,
}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "campaign",
        nargs="?",
        choices=["measure", *CAMPAIGNS],
        default="measure",
    )
    parser.add_argument(
        "--rounds", type=int, default=10, help="of a soak: how often the endurance tests run; of a comparison"
    )
    parser.add_argument("--scale", type=int, default=5, help="of a soak: how much larger each test is")
    parser.add_argument("--minutes", type=float, default=0, help="of a soak: duration of a steady load instead")
    parser.add_argument("--rate", type=float, default=30, help="of steady load: requests per second")
    parser.add_argument("--reload-every", type=float, default=0, help="of steady load: seconds between two SIGHUP")
    parser.add_argument("--users", type=int, nargs="*", default=[20_000], help="sizes of organizations, one by one")
    parser.add_argument("--linked", type=int, nargs="*", default=[], help="of the directory: people provisioned before")
    parser.add_argument("--requests", type=int, default=500, help="of the portal and the log: requests for each page")
    parser.add_argument("--groups", type=int, nargs="*", default=[1_000, 10_000], help="sizes of groups")
    parser.add_argument("--only", default="", help="workloads, attacks or faults whose name contains this")
    column = "; of attacks, which column: before or now"
    parser.add_argument("--write", nargs="?", const="now", help=f"put the figures into docs/{column}")
    parser.add_argument("--writes", type=int, default=10_000, help="of faults: how many are acknowledged at least")
    parser.add_argument(
        "--events", type=int, default=1_000_000, help="of exports and the log: how many events there are"
    )
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="of faults: gives their order")
    parser.add_argument("--checkout", help="attack this worktree, or compare with it: an older release")
    parser.add_argument("--url", help="attack this Tenant URL; some attacks are left out")
    parser.add_argument("--token", default="", help="of the Tenant URL")
    return parser.parse_args()


def run(running: stack.Stack, options: argparse.Namespace) -> "list[report.Result]":
    """Run every size in turn in one database. Data of the earlier sizes stays in it."""
    os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]  # VACUUM needs the owner
    import django

    django.setup()
    from bench import peers
    from bench.measure import floor, measure
    from bench.seed import populate
    from bench.workloads import workloads

    results = []
    for users in options.users:
        began = time.monotonic()
        people = populate(users, tuple(size for size in options.groups if size <= users))
        floor(running, people)  # warms up the server of the floor
        print(f"\n{users:,} users, made in {time.monotonic() - began:.0f} s\n\n{report.HEAD}", flush=True)
        for workload in workloads(people):
            if options.only in workload.name:
                results.append(measure(workload, running, people))
                print(report.line(results[-1]), flush=True)
        print(f"\nlargest web process: {running.memory():.0f} MB\n", flush=True)
        for line in peers.compare(results, users):
            print(line, flush=True)
    return results


def wait(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the web server did not answer")


if __name__ == "__main__":
    main()
