"""The journal of a client: every outcome is written to disk before the next request is sent."""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

MEMBER = "add member"


@dataclass
class Known:
    """A resource as known to its only writer.

    `acknowledged` counts confirmed changes, `unknown` counts changes without a confirmation. `values` are the values
    that the resource may have now: one, unless the outcome of later changes is unknown.
    """

    endpoint: str
    name: str
    id: str | None = None
    acknowledged: int = 0
    unknown: int = 0
    values: set[str] = field(default_factory=set)
    is_deleted: bool = False
    may_be_deleted: bool = False
    members: set[str] = field(default_factory=set)
    """For a group: the IDs of the users that were added."""


class Journal:
    """A file with one line per outcome, flushed to disk."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a")

    def note(self, known: Known, change: str, value: str, outcome: str) -> None:
        line = {
            "at": time.time(), "endpoint": known.endpoint, "name": known.name, "id": known.id,
            "change": change, "value": value, "outcome": outcome,
        }  # fmt: skip
        self._file.write(f"{json.dumps(line)}\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def read(files: list[Path]) -> dict[tuple[str, str], Known]:
    """All outcomes in the journals, by endpoint and name."""
    found: dict[tuple[str, str], Known] = {}
    for file in files:
        for text in file.read_text().splitlines():
            line = json.loads(text)
            known = found.setdefault((line["endpoint"], line["name"]), Known(line["endpoint"], line["name"]))
            replay(known, line)
    return found


def replay(known: Known, line: dict[str, str]) -> None:
    """Apply one outcome to the known state. After a failure of any kind, the resource may or may not have changed."""
    known.id = line["id"] or known.id
    is_acknowledged = line["outcome"] == "done"
    if is_acknowledged:
        known.acknowledged += 1
    else:
        known.unknown += 1
    if line["change"] == "delete":
        known.is_deleted |= is_acknowledged
        known.may_be_deleted |= not is_acknowledged
    elif line["change"] == MEMBER:
        known.members |= {line["value"]} if is_acknowledged else set()
    elif is_acknowledged:
        known.values = {line["value"]}
    else:
        known.values.add(line["value"])
