"""The number of suppressed checks does not grow. Lower the numbers here when one is removed."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_EXCEPTIONS = {"ruff": 9, "ruff, of files": 6, "mypy": 6}
MOST = {"noqa": 105, "type: ignore": 32, "pragma: no cover": 0}


def count(comment):
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pattern = re.compile(rf"#\s*{re.escape(comment)}\b")
    names = [name for name in listed.splitlines() if (ROOT / name).exists()]
    return sum(len(pattern.findall((ROOT / name).read_text(encoding="utf-8"))) for name in names)


@pytest.mark.parametrize("comment", MOST)
def test_number_of_suppressions_does_not_grow(comment):
    assert count(comment) <= MOST[comment], "fix what the check found; if it is wrong, say why in the commit"


def tools():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


def exceptions():
    """The number of disabled rules by tool: of ruff everywhere, of ruff for product files, of mypy for modules."""
    lint, mypy = tools()["ruff"]["lint"], tools()["mypy"]
    files = lint["per-file-ignores"]
    ours = [code for pattern, codes in files.items() if not pattern.startswith(("tests/", "bench/")) for code in codes]
    off = [key for override in mypy["overrides"] for key in override if key != "module"]
    return {"ruff": len(lint["ignore"]), "ruff, of files": len(ours), "mypy": len(off)}


@pytest.mark.parametrize("tool", MOST_EXCEPTIONS)
def test_number_of_disabled_rules_does_not_grow(tool):
    assert exceptions()[tool] <= MOST_EXCEPTIONS[tool], "follow the rule; if it is wrong, say why in the commit"


def test_import_contracts_have_no_exceptions():
    contracts = tools()["importlinter"]["contracts"]
    assert [line for contract in contracts for line in contract.get("ignore_imports", [])] == []
