"""The memory used by an export of the audit log, which must not grow with the number of events."""

import os
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import stack

if TYPE_CHECKING:
    from controlhub.models import Organization

FILL = """
WITH made AS (
    INSERT INTO audit_auditevent (id, organization_id, version, service, category, action, activity, result,
        actor_kind, actor_id, request_id, target_type, target_id)
    SELECT uuidv7(), %(organization)s, 3, 'Core Directory', 'UserManagement', 'user.updated', 'Update user', 'success',
        'system', '', '', 'User', n::text
    FROM generate_series(1, %(events)s) AS n RETURNING id, organization_id)
INSERT INTO audit_personal (event_id, organization_id, parts)
SELECT id, organization_id, '[{"name": "actor", "value": {"label": "Control Hub"}}, {"name": "target", "value":
    {"label": "bjensen@example.com", "changes": [{"attribute": "title", "op": "changed", "old": "a", "new": "b"}]}}]'
FROM made
"""


def exports(options: Namespace) -> None:
    """Export `options.events` events as CSV and JSON Lines: how far resident memory grows after the first chunk."""
    with stack.running(stack.free_port()):
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
        import django

        django.setup()
        organization = filled(options.events)
        for name in ("jsonl", "csv"):
            print(measured(name, organization), flush=True)


def filled(events: int) -> "Organization":
    from django.db import connection

    from bench.seed import populate

    organization = populate(0, ()).organization
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"organization": organization.pk, "events": events})
        cursor.execute("ANALYZE audit_auditevent, audit_personal")
    return organization


def measured(name: str, organization: "Organization") -> str:
    from audit.lists import Criteria
    from audit.lists.exports import Tally, csv_lines, json_lines
    from audit.lists.questions import questions_of

    write, tally, began = {"jsonl": json_lines, "csv": csv_lines}[name], Tally(), time.process_time()
    chunks = write(organization, questions_of(organization, Criteria.read("")), "", tally)
    next(chunks)
    first = most = resident()
    for _ in chunks:
        most = max(most, resident())
    seconds = time.process_time() - began
    return f"{name}: {tally.events:,} events, {most - first:.1f} MB more than at the first, {seconds:.0f} s of CPU time"


def resident() -> float:
    """Resident memory of this process, in megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
