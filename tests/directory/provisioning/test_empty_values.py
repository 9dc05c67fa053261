"""The table of empty values in docs/mappings.md, row by row, with and without a default, kept or removed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from directory.provisioning.changes import Change, diff
from directory.provisioning.expressions import Context
from directory.provisioning.mapping import AttributeMapping, Kind, build

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mappings.md"
CONTEXT = Context(datetime(2026, 11, 27, tzinfo=UTC), b"seed")
HEAD = "| source attribute `[a]` | "
COLUMNS = ({}, {"a": ""}, {"a": " "}, {"a": []})
IGNORED = "left as it is"


def rows():
    """The mapping, the source object and the documented result of each cell."""
    lines = PAGE.read_text().partition(HEAD)[2].splitlines()[2:]
    for line in lines[: lines.index("")]:
        text, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
        sources = [({"a": None}, cells[0]), *zip(COLUMNS, cells, strict=True)]
        for source, cell in sources:
            yield text.strip("`"), source, {"empty": None, IGNORED: IGNORED}.get(cell, cell.strip('`"'))


ROWS = list(rows())


def mapping(text, default=""):
    kind, value = (Kind.DIRECT, "a") if text == "direct" else (Kind.EXPRESSION, text)
    return AttributeMapping("title", kind, value, default)


def test_table_in_the_docs_is_complete():
    assert len(ROWS) == 7 * 5
    assert {cell for _, _, cell in ROWS} == {None, IGNORED, " ", " -x", "x", "none"}


@pytest.mark.parametrize(("text", "source", "expected"), ROWS)
@pytest.mark.parametrize("default", ["", "fallback"])
@pytest.mark.parametrize("creating", [True, False])
def test_mapping_has_the_documented_result(text, source, expected, default, creating):
    target = build([mapping(text, default)], source, CONTEXT, creating=creating)
    assert target.failures == []
    assert target.ignored == ({"title"} if expected == IGNORED else set())
    if expected is None and creating and default:
        expected = default
    assert target.document.get("title") == (None if expected == IGNORED else expected)


@pytest.mark.parametrize(("text", "source", "expected"), ROWS)
@pytest.mark.parametrize("removes_empty", [True, False])
def test_setting_decides_whether_empty_values_are_removed(text, source, expected, removes_empty):
    mappings = [mapping(text, "fallback")]
    target = build(mappings, source, CONTEXT, creating=False)
    found = diff(mappings, target, {"title": "old"}, removes_empty=removes_empty)
    if expected == IGNORED or (expected is None and not removes_empty):
        assert found == []
    elif expected is None:
        assert found == [Change("remove", "title", None, "old")]
    else:
        assert found == [Change("replace", "title", expected, "old")]
