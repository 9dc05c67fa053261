"""Posted data always goes through a form: no view reads values from the request itself."""

import ast
from pathlib import Path

import pytest

VIEWS = sorted((Path(__file__).resolve().parents[2] / "controlhub" / "portal").rglob("*.py"))
DATA = {"POST", "GET", "FILES", "body"}
"""Passing the whole data to a form is fine, and so is checking whether a name is present."""


def is_request_data(node):
    return (
        isinstance(node, ast.Attribute)
        and node.attr in DATA
        and isinstance(node.value, ast.Name | ast.Attribute)
        and getattr(node.value, "id", getattr(node.value, "attr", "")) == "request"
    )


def values_read(tree):
    """The lines with `request.POST["x"]`, `request.GET.get("x")` or `request.POST.getlist("x")`."""
    for node in ast.walk(tree):
        is_part = isinstance(node, ast.Subscript | ast.Attribute) and is_request_data(node.value)
        if is_part and getattr(node, "attr", "") not in {"lists", "copy", "keys"}:
            yield node.lineno


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.name)
def test_no_value_is_read_outside_a_form(path):
    assert not list(values_read(ast.parse(path.read_text()))), "give the value a field of a form"


@pytest.mark.parametrize("code", ['request.POST["x"]', 'request.GET.get("x")', 'self.request.POST.getlist("x")'])
def test_rule_finds_forbidden_reads(code):
    assert list(values_read(ast.parse(code)))
