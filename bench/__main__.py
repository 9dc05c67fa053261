"""`python -m bench [--users 20000] [--groups 1000 10000] [--only TEXT] [--server COMMAND]`."""

import argparse
import os
import socket
import time
import urllib.error
import urllib.request

from bench import stack


def main() -> None:
    options = parse()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with stack.running(port) as running:
        wait(port)
        for users in options.users:
            run(running, users, options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--users", type=int, nargs="+", default=[20_000])
    parser.add_argument("--groups", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--only", default="", help="workloads whose name contains this")
    return parser.parse_args()


def run(running: stack.Stack, users: int, options: argparse.Namespace) -> None:
    os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]  # VACUUM needs the owner
    import django

    django.setup()
    from bench.measure import measure
    from bench.seed import populate
    from bench.workloads import workloads

    began = time.monotonic()
    people = populate(users, tuple(size for size in options.groups if size <= users))
    print(f"\n{users:,} users, made in {time.monotonic() - began:.0f} s\n", flush=True)
    print("| workload | CPU-s/1000 | web | database | target | requests/s |\n|---|--:|--:|--:|--:|--:|", flush=True)
    chosen = [workload for workload in workloads(people) if options.only in workload.name]
    for workload in chosen:
        result = measure(workload, running, people)
        mark = "" if result.cpu <= workload.target else " ✗"
        print(
            f"| {workload.name} | **{result.cpu:.2f}**{mark} | {result.web:.2f} | {result.database:.2f} "
            f"| {workload.target} | {result.per_second:.0f} |",
            flush=True,
        )


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
