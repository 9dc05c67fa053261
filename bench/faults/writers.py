"""Clients that write without pauses, each to its own resources, and record the outcome of every request."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.attacks.target import USER, Target, patch
from bench.faults.journal import MEMBER, Journal, Known

TIMEOUT = 30.0
CALM_SECONDS = 3.0
"""A fault is over after this time without a failure. A killed process may serve for a moment before it is replaced."""
LONGEST_WAIT = 0.3
"""Seconds before a retry, whatever `Retry-After` says, because the time of the first success is measured."""
CHANGES = {"create user": 35, "patch": 30, "put": 15, "delete": 5, "create group": 5, "patch group": 5, MEMBER: 5}


@dataclass
class Tally:
    """Outcomes of all writers. `unexpected` are failures that clients should never see."""

    done: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    unexpected: Counter[str] = field(default_factory=Counter)
    is_web_down: bool = False
    """While this is set, connections may be refused or closed."""
    last_success: float = 0.0
    last_failure: float = 0.0
    """When the last successful request was sent, and when the last failure was seen."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def succeed(self, sent_at: float) -> None:
        with self._lock:
            self.done += 1
            self.last_success = max(self.last_success, sent_at)

    def fail(self, outcome: str, text: str) -> None:
        with self._lock:
            self.failures[outcome] += 1
            self.last_failure = time.monotonic()
            is_expected = outcome == "503" or (outcome == "connection" and self.is_web_down)
            if not is_expected:
                self.unexpected[text] += 1

    def is_calm(self, since: float) -> bool:
        """Whether a request sent after this moment succeeded, and none failed for CALM_SECONDS."""
        with self._lock:
            now = time.monotonic()
            return (
                self.last_success > max(since, self.last_failure) and now - max(since, self.last_failure) > CALM_SECONDS
            )


class Writer(threading.Thread):
    """One client. It never changes resources of another client."""

    def __init__(self, target: Target, tally: Tally, file: Path, number: int, seed: int) -> None:
        super().__init__(daemon=True)
        self._target, self._tally, self._journal, self._number = target, tally, Journal(file), number
        self._chance = random.Random(seed * 1_000 + number)
        self._count = 0
        self._users: list[Known] = []
        self._groups: list[Known] = []
        self._is_over = threading.Event()
        self._connection: http.client.HTTPConnection | None = None

    def finish(self) -> None:
        self._is_over.set()

    def run(self) -> None:
        while not self._is_over.is_set():
            self._count += 1
            self._change(self._chance.choices(list(CHANGES), list(CHANGES.values()))[0])
        self._journal.close()
        if self._connection:
            self._connection.close()

    def _change(self, kind: str) -> None:
        value = f"{self._number}-{self._count}"
        if kind == "create group" or ("group" in kind and not self._groups):
            self._create(self._groups, Known("/Groups", f"group{value}"), value)
        elif kind == "create user" or not self._users:
            self._create(self._users, Known("/Users", f"user{value}@example.com"), value)
        elif kind == "patch group":
            group, change = self._chance.choice(self._groups), {"op": "replace", "path": "externalId", "value": value}
            self._send(group, kind, value, "PATCH", f"/Groups/{group.id}", patch(change))
        elif kind == MEMBER:
            self._add_member()
        else:
            self._update(self._chance.choice(self._users), kind, value)

    def _create(self, place: list[Known], known: Known, value: str) -> None:
        document = group_of(known, value) if known.endpoint == "/Groups" else user_of(known, value)
        if self._send(known, "create", value, "POST", known.endpoint, document):
            place.append(known)

    def _update(self, known: Known, kind: str, value: str) -> None:
        path = f"/Users/{known.id}"
        if kind == "patch":
            self._send(known, kind, value, "PATCH", path, patch({"op": "replace", "path": "title", "value": value}))
        elif kind == "put":
            self._send(known, kind, value, "PUT", path, user_of(known, value))
        else:
            self._users.remove(known)  # whatever the outcome: a user that may be deleted is not changed again
            self._send(known, kind, value, "DELETE", path, None)

    def _add_member(self) -> None:
        """Add a user that was not added before, because adding an existing member is not a change."""
        group = self._chance.choice(self._groups) if self._groups else None
        user = self._users[-1].id
        if group and user and user not in group.members:
            group.members.add(user)
            change = patch({"op": "add", "path": "members", "value": [{"value": user}]})
            self._send(group, MEMBER, user, "PATCH", f"/Groups/{group.id}", change)

    # --- one request ----------------------------------------------------------------------------------------

    def _send(self, known: Known, change: str, value: str, method: str, path: str, body: object) -> bool:
        """Whether the change was acknowledged."""
        sent_at = time.monotonic()
        outcome, text = self._ask(known, method, path, body)
        self._journal.note(known, change, value, outcome)
        if outcome == "done":
            self._tally.succeed(sent_at)
            return True
        self._tally.fail(outcome, f"{method} {known.endpoint}: {text}")
        self._is_over.wait(LONGEST_WAIT)
        return False

    def _ask(self, known: Known, method: str, path: str, body: object) -> tuple[str, str]:
        """The outcome of the request, as one word and as a sentence."""
        connection = self._connection or http.client.HTTPConnection(self._target.host, self._target.port)
        connection.timeout, self._connection = TIMEOUT, connection
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, self._target.path + path, data, self._target.headers())
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return "timeout" if isinstance(error, TimeoutError) else "connection", repr(error)
        if response.status in {200, 201, 204}:
            known.id = known.id or str(json.loads(content)["id"])
            return "done", ""
        is_polite = response.status == 503 and response.getheader("Retry-After", "").isdigit()
        return "503" if is_polite else str(response.status) + "!", f"{response.status} {content[:300]!r}"


def user_of(known: Known, value: str) -> dict[str, object]:
    return {
        "schemas": [USER],
        "userName": known.name,
        "title": value,
        "name": {"givenName": "Neo", "familyName": f"Anderson {value}"},
        "emails": [{"type": "work", "primary": True, "value": known.name}],
    }


def group_of(known: Known, value: str) -> dict[str, object]:
    return {"displayName": known.name, "externalId": value}
