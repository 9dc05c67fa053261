"""SQL is in `controlhub/sql/` and `scim/resources/queries/` only, and one module opens cursors (decision 0044)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("controlhub", "scim", "audit", "directory")
BUILDS_TEXT = ("controlhub/sql/", "scim/resources/queries/")
OPENS_CURSORS = "controlhub/sql/statements.py"
EXCEPTIONS = {
    "controlhub/database/postgres/pooled/base.py": "the backend: what it sends goes with the statements of others",
    "controlhub/launch/cluster.py": "makes the database before Django can connect to it",
    "controlhub/management/commands/create_database_roles.py": "DDL over the owner's connection, with quoted names",
}
METHODS = {"cursor", "raw", "extra", "executemany", "callproc"}
SQL = re.compile(
    r"\s*(SELECT\s|INSERT INTO\s|UPDATE\s+\w+\s+SET\s|DELETE FROM\s|WITH\s+\w+\s+AS\s|SET LOCAL\s|GRANT\s|REVOKE\s"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|DATABASE|ROLE|FUNCTION|TRIGGER)\s)"
)


def paths():
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return [path for path in found if "migrations" not in path.parts]


def faults(source):
    """The lines of a module that open a cursor, call the ORM with SQL, or contain SQL."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield node.lineno, f".{node.func.attr}()"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield node.lineno, node.value


def faulty_modules():
    for path in paths():
        name = str(path.relative_to(ROOT))
        if not name.startswith(BUILDS_TEXT) and (found := list(faults(path.read_text(encoding="utf-8")))):
            yield name, found


def test_sql_is_in_its_packages():
    found = {name: lines for name, lines in faulty_modules() if name not in EXCEPTIONS}
    assert found == {}, "move the text to controlhub/sql and run it with controlhub.sql.statements"


def test_every_exception_is_needed():
    assert {name for name, _ in faulty_modules()} == set(EXCEPTIONS)


def test_one_module_opens_cursors():
    inside = [path for path in paths() if str(path.relative_to(ROOT)).startswith(BUILDS_TEXT)]
    found = {
        str(path.relative_to(ROOT))
        for path in inside
        for _, what in faults(path.read_text(encoding="utf-8"))
        if what == ".cursor()"
    }
    assert found == {OPENS_CURSORS}


@pytest.mark.parametrize(
    "source",
    [
        "connections['default'].cursor()",
        "User.objects.raw(text)",
        "x = 'SELECT 1'",
        "x = f'''\nUPDATE {table} SET a = 1'''",
        "x = 'WITH found AS (TABLE controlhub_user) TABLE found'",
        "def f():\n    execute('DELETE FROM controlhub_user')",
    ],
)
def test_sql_is_recognized(source):
    source = source.replace("{table}", "controlhub_user")
    assert list(faults(source))


def test_prose_is_not_sql():
    assert not list(faults('"""Select users and update them with care."""\nx = "Update 3 users"'))
