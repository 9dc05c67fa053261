"""Scoping filters: each operator, how clauses and groups combine, and what is refused."""

import pytest

from directory.provisioning.scope import Operator, ScopeError, ScopingFilter


def scope(*groups):
    return ScopingFilter.from_json(
        {
            "groups": [
                {
                    "name": f"g{index}",
                    "clauses": [dict(zip(("attribute", "operator", "value"), each, strict=False)) for each in group],
                }
                for index, group in enumerate(groups)
            ]
        }
    )


@pytest.mark.parametrize(
    ("operator", "value", "holds", "fails"),
    [
        ("EQUALS", "Sales", ["Sales"], ["sales", "Sales ", ""]),
        ("NOT EQUALS", "Sales", ["sales"], ["Sales", "", None]),
        ("IS TRUE", "", [True, "True", "true"], [False, "x", None]),
        ("IS FALSE", "", [False, "False"], [True, "x", None]),
        ("IS NULL", "", [None, "", []], [" ", "x", False]),
        ("IS NOT NULL", "", [" ", "x", False, ["a", "b"]], [None, "", []]),
        ("REGEX MATCH", "([1-9][0-9])", ["10", 99], ["9", "100", "a10", None, ""]),
        ("REGEX MATCH", r".*\@domain.com", ["anna@domain.com"], ["anna@domain.com.evil", "anna@example.com"]),
        ("REGEX MATCH", "(1[0-9][0-9][0-9][0-9][0-9][0-9])", ["1000000", "1999999"], ["999999", "10000000"]),
        ("NOT REGEX MATCH", r".*\@domain.com", ["anna@example.com"], ["anna@domain.com", None, ""]),
        ("Greater_Than", "5", [6, "6"], [5, "x", None, True]),
        ("Greater_Than_OR_EQUALS", "5", [5, "6"], [4, "x", None]),
        ("Includes", "ale", ["Sales"], ["SALES", None]),
        ("ENDS_WITH", "@b.c", ["a@b.c"], ["a@b.c ", None]),
        ("&", "Sales,IT", ["Sales", "IT"], ["HR", None]),
        ("!&", "Sales,IT", ["HR"], ["IT", None]),
    ],
)
def test_operator_selects_values(operator, value, holds, fails):
    filter_ = scope([("a", operator, value)])
    assert [each for each in holds if not filter_.matches({"a": each}).is_in_scope] == []
    assert [each for each in fails if filter_.matches({"a": each}).is_in_scope] == []


def test_every_operator_is_tested():
    (marker,) = [mark for mark in test_operator_selects_values.pytestmark if mark.name == "parametrize"]
    assert {row[0] for row in marker.args[1]} == set(Operator)


def test_clauses_are_joined_by_and_and_groups_by_or():
    filter_ = scope([("state", "EQUALS", "NY"), ("department", "EQUALS", "IT")], [("country", "EQUALS", "DE")])
    assert filter_.matches({"state": "NY", "department": "IT"}).is_in_scope
    assert filter_.matches({"country": "DE"}).is_in_scope
    assert not filter_.matches({"state": "NY"}).is_in_scope
    assert filter_.attributes == ("state", "department", "country")


def test_decision_names_the_decisive_clauses():
    filter_ = scope([("state", "EQUALS", "NY"), ("department", "EQUALS", "IT")], [("country", "EQUALS", "DE")])
    assert str(filter_.matches({"country": "DE"}).message) == "In scope: the filter “g1” applies."
    decision = filter_.matches({"state": "NY"})
    assert str(decision.message) == "Out of scope: department EQUALS IT; country EQUALS DE does not apply."
    assert str(ScopingFilter().matches({}).message) == "In scope: there is no scoping filter."


def test_filter_survives_a_json_round_trip_and_operators_ignore_case():
    filter_ = scope([("state", "equals", "NY"), ("accountEnabled", "Is True", "x")])
    assert ScopingFilter.from_json(filter_.to_json()) == filter_
    assert [clause.operator for clause in filter_.groups[0].clauses] == ["EQUALS", "IS TRUE"]


@pytest.mark.parametrize(
    ("clause", "field", "message"),
    [
        (("", "EQUALS", "x"), "attribute", "Choose an attribute."),
        (("memberOf", "EQUALS", "x"), "attribute", "Assign groups to the application instead."),
        (("proxyAddresses", "Includes", "x"), "attribute", "has several values"),
        (("state", "LIKE", "x"), "operator", "There is no operator “LIKE”. Use one of EQUALS"),
        (("state", "EQUALS", ""), "value", "use IS NULL"),
        (("state", "Greater_Than", "ten"), "value", "whole number"),
        (("state", "REGEX MATCH", "(?!a)b"), "value", "negative lookahead (?!…)"),
        (("state", "EQUALS", "x" * 3000), "value", "at most 2000 characters"),
        (("state", "EQUALS", "\0"), "value", "must be a string"),
        (("state", 5, "x"), "operator", "must be a string"),
    ],
)
def test_invalid_clause_is_refused_with_its_position(clause, field, message):
    with pytest.raises(ScopeError) as raised:
        scope([("state", "IS NULL")], [("state", "IS NULL"), clause])
    assert (raised.value.group, raised.value.clause, raised.value.field) == (1, 1, field)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"groups": {}},
        {"groups": [{}] * 51},
        {"groups": [None]},
        {"groups": [{"clauses": []}]},
        {"groups": [{"clauses": [1]}]},
    ],
)
def test_document_with_another_structure_is_refused(document):
    with pytest.raises(ScopeError):
        ScopingFilter.from_json(document)
