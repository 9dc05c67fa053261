"""Every setting, command, event and policy is documented, and the docs name no others."""

import ast
import re
from pathlib import Path

import pytest

from audit.vocabulary import AuditAction
from controlhub.models.policies import POLICIES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGES = ("controlhub", "scim", "audit", "directory")
READER = re.compile(
    r"env\.(str|int|float|bool|db_url)|os\.environ\.get"
    r"|(env\.)?(secret|optional_secret|listed|choice|bounded|folder|parsed)"
)
"""Functions whose first argument is the name of a setting."""
DJANGO = {"DJANGO_SETTINGS_MODULE"}
SECRETS = {"secret", "optional_secret"}


def section(page, title):
    """The text of a section of a page, up to the next section of the same level."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |\Z)", (DOCS / page).read_text(), re.M | re.S)
    assert found, f"docs/{page} needs a section '{title}'"
    return found[2]


def first_cells(text, column=0):
    """The texts in backticks in one column of the tables."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [name for row in rows for name in re.findall(r"`([^`]*)`", row[column])]


def settings_read(source):
    """The settings that a module reads from the environment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and node.args:
            reader, name = ast.unparse(node.func), getattr(node.args[0], "value", None)
            if READER.fullmatch(reader) and isinstance(name, str) and name.isupper():
                yield name
                if reader in SECRETS:
                    yield f"{name}_FILE"


@pytest.fixture(scope="module")
def settings_in_code():
    sources = [path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {name for source in sources for name in settings_read(source)} - DJANGO


def test_every_setting_is_documented(settings_in_code):
    assert settings_in_code <= set(first_cells(section("operations.md", "Settings")))


def test_every_documented_setting_is_read(settings_in_code):
    assert set(first_cells(section("operations.md", "Settings"))) <= settings_in_code


def test_every_command_is_documented():
    commands = {path.stem for package in PACKAGES for path in (ROOT / package).glob("management/commands/[a-z]*.py")}
    documented = {name.split()[0] for name in first_cells(section("operations.md", "Commands"))}
    assert documented - {"check"} == commands, "`check` is Django's own"


def test_every_event_is_documented():
    assert first_cells((DOCS / "audit.md").read_text()) == list(AuditAction)


def test_every_policy_is_documented():
    assert first_cells(section("operations.md", "Policies"), column=2) == list(POLICIES)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('PORT = env.int("PORT", default=1)', {"PORT"}),
        ('x = os.environ.get("HOST") or "y"', {"HOST"}),
        ('key = secret("A_KEY", path)', {"A_KEY", "A_KEY_FILE"}),
        ('request.META.get("REMOTE_ADDR")', set()),
    ],
)
def test_rule_finds_settings(source, names):
    assert set(settings_read(source)) == names
