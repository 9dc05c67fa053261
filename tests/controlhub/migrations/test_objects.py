"""The table in docs/database.md lists everything that PostgreSQL does automatically, and nothing else."""

import re
from itertools import product

import pytest
from django.db import connection

from tests import catalogue, servers

PAGE = servers.ROOT / "docs" / "database.md"


def table():
    """The cells of each row."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names(cell):
    return re.findall(r"`([^`]+)`", cell) or [""]


@pytest.mark.django_db
def test_page_lists_the_objects_in_the_catalogue():
    listed = [(kind, *pair) for kind, name, tables, *_ in table() for pair in product(names(name), names(tables))]
    assert len(listed) == len(set(listed))
    assert set(listed) == catalogue.objects(connection)


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row[0]} {row[1]}")
def test_object_is_declared_where_the_page_says(row):
    (file,) = names(row[-1])
    text = (servers.ROOT / file).read_text().lower()
    assert [name for name in names(row[1]) if name not in text] == []
