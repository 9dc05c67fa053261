"""Each problem in docs/reported-problems.md refers to tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[^`]+\.py)::(\w+)`")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "reported-problems.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| problem")
]


def functions_of(path):
    """The names of the test functions of a module."""
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_problem_has_tests_that_exist(row):
    named = NAMED.findall(row[-1])
    assert named, "no test would fail"
    assert len(named) == row[-1].count("`") // 2, "a test is `tests/path.py::name`"
    missing = [name for path, name in named if not (ROOT / path).exists() or name not in functions_of(ROOT / path)]
    assert not missing
