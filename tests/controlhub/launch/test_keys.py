"""Each secret of a new VAR_DIR is generated unless its own variable sets it."""

import ast
import itertools
from pathlib import Path

import pytest

from controlhub.launch import keys, places
from controlhub.security.keys import KEYS

ROOT = Path(__file__).resolve().parents[3]
SOURCES = (None, "NAME", "NAME_FILE")
WAYS = list(itertools.product(SOURCES, repeat=len(KEYS)))


@pytest.fixture
def var_dir(tmp_path, monkeypatch):
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    places.prepare(tmp_path)
    return tmp_path


@pytest.mark.parametrize("sources", WAYS, ids=lambda sources: "-".join(str(source) for source in sources))
def test_secret_is_generated_unless_its_own_variable_sets_it(var_dir, monkeypatch, sources):
    for name, source in zip(KEYS, sources, strict=True):
        if source:
            monkeypatch.setenv(source.replace("NAME", name), "given")
    keys.keep(var_dir)
    made = {file.name for file in (var_dir / "secrets").iterdir()}
    assert made == {KEYS[name] for name, source in zip(KEYS, sources, strict=True) if not source}


def test_empty_variable_is_ignored(var_dir, monkeypatch):
    for name in KEYS:
        monkeypatch.setenv(name, "")
        monkeypatch.setenv(f"{name}_FILE", "")
    keys.keep(var_dir)
    assert {file.name for file in (var_dir / "secrets").iterdir()} == set(KEYS.values())


def test_secrets_are_private_distinct_and_kept(var_dir):
    keys.keep(var_dir)
    first = {file.name: file.read_text() for file in (var_dir / "secrets").iterdir()}
    keys.keep(var_dir)
    assert {file.name: file.read_text() for file in (var_dir / "secrets").iterdir()} == first
    assert len(set(first.values())) == len(KEYS)
    assert all(file.stat().st_mode & 0o077 == 0 for file in (var_dir / "secrets").iterdir())


def test_every_secret_that_is_read_is_in_the_table():
    """`DATABASE_URL` is not, because controlhub.launch.database sets it for the embedded PostgreSQL."""
    read = {}
    for path in (ROOT / "controlhub").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "secret":
                name, file = node.args
                if isinstance(name, ast.Constant):  # controlhub.security.dangers reads the secrets in the table
                    read[name.value] = file.right.value
    assert read.pop("DATABASE_URL") == "database_url"
    assert read == KEYS
