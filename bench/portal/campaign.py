"""Fill a database, request each page, and print a table."""

import os
import time
from argparse import Namespace
from pathlib import Path

from bench import report, stack


def portal(options: Namespace, page: Path) -> None:
    """Measure every page in organizations of `options.users`, and write the table into `page` if requested."""
    from bench.__main__ import wait

    port = stack.free_port()
    with stack.running(port) as running:
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]  # VACUUM needs the owner
        import django

        django.setup()
        from bench.portal.fill import fill
        from bench.portal.measure import head, measure, row

        wait(port)
        began = time.monotonic()
        places = [fill(users) for users in options.users]
        print(f"filled in {time.monotonic() - began:.0f} s\n\n{head(options.users)}", flush=True)
        rows = []
        for line in measure(places, running, requests=options.requests, only=options.only):
            rows.append(row(line, options.users))
            print(rows[-1], flush=True)
    if options.write:
        report.insert(page, "portal", "\n".join([head(options.users), *rows]))
