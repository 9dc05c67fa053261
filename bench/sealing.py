"""How long sealing takes after an initial synchronization, with the worker and scheduler as in production."""

import http.client
import json
import os
import threading
import time
from argparse import Namespace
from collections.abc import Iterator

import psycopg

from bench.launched import ControlHub, running

CONNECTIONS = 4
IN_A_REQUEST = 100
MOST_SECONDS = 600.0
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
OPEN = """SELECT count(*) FROM audit_auditevent e WHERE organization_id = %(organization)s
    AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.id)"""
SEALED = "SELECT count(*) FROM audit_leaf WHERE organization_id = %(organization)s"


def sealing(options: Namespace) -> None:
    """Create `options.users` users with Bulk requests, then poll until no unsealed event is left."""
    for users in options.users:
        with running() as hub:
            print(measured(hub, users), flush=True)


def measured(hub: ControlHub, users: int) -> str:
    people = hub.populate(0)
    began = time.monotonic()
    synchronize(hub, people, users)
    took, ended = time.monotonic() - began, time.monotonic()
    with psycopg.connect(hub.owner_url, autocommit=True) as database:
        left = first = _number(database, OPEN, people)
        while left and time.monotonic() - ended < MOST_SECONDS:
            time.sleep(0.5)
            left = _number(database, OPEN, people)
        waited = time.monotonic() - ended
        sealed = _number(database, SEALED, people)
    return (
        f"{users:,} users in {took:.0f} s; {first:,} events were not sealed then, all {sealed:,} were {waited:.0f} s "
        f"later; load average {os.getloadavg()[0]:.0f}"
    )


def _number(database: "psycopg.Connection[tuple[int]]", text: str, people: dict[str, str]) -> int:
    row = database.execute(text, {"organization": people["organization"]}).fetchone()
    return row[0] if row else 0


def synchronize(hub: ControlHub, people: dict[str, str], users: int) -> None:
    """Raises RuntimeError if a user was not created."""
    requests, lock, failures = _requests(users), threading.Lock(), list[str]()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=120)
        while not failures:
            with lock:
                body = next(requests, None)
            if body is None:
                return
            headers = {"Authorization": f"Bearer {people['token']}", "Content-Type": "application/scim+json"}
            connection.request("POST", f"/v1/scim/{people['organization']}/Bulk", body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200 or any(each["status"] != "201" for each in json.loads(text)["Operations"]):
                failures.append(f"{answer.status} {text[:300]!r}")

    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])


def _requests(users: int) -> Iterator[bytes]:
    for first in range(0, users, IN_A_REQUEST):
        numbers = range(first, min(first + IN_A_REQUEST, users))
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": str(number), "data": _user(number)} for number in numbers
        ]
        yield json.dumps({"schemas": [BULK], "Operations": operations}).encode()


def _user(number: int) -> dict[str, object]:
    name = {"givenName": f"Given{number % 977}", "familyName": f"Family{number}"}
    return {
        "schemas": [CORE],
        "userName": f"person{number}@northwind.example",
        "externalId": f"person-{number}",
        "displayName": f"{name['givenName']} {name['familyName']}",
        "name": name,
        "title": "Engineer",
        "emails": [{"type": "work", "value": f"person{number}@northwind.example", "primary": True}],
    }
