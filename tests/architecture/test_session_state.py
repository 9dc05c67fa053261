"""No state outlives a transaction in a database session: behind a pooler, it would leak to other clients."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("controlhub", "scim", "audit", "directory")
SESSION_STATE = {
    "a session-level advisory lock": r"pg_(try_)?advisory_(lock|unlock)",
    "LISTEN or NOTIFY": r"\b(LISTEN|NOTIFY) \w|pg_notify",
    "a temporary table": r"\bTEMP(ORARY)? (TABLE|VIEW|SEQUENCE)",
    "a setting of the session": r"\"(SET|SET SESSION|RESET) (?!LOCAL)\w|set_config\([^)]*false\)",
    "a prepared statement or cursor": r"\"(PREPARE|DECLARE|DEALLOCATE) ",
}


@pytest.mark.parametrize("what", SESSION_STATE)
def test_code_keeps_no_state_in_a_database_session(what):
    found = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(SESSION_STATE[what], path.read_text())
    ]
    assert not found, f"{what}: use what ends with the transaction (docs/decisions/0040)"
