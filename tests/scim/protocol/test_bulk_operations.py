"""Operations of a bulk request: required members, and the resolution of `bulkId:` references."""

import pytest

from scim.protocol.bulk import BulkMethod, Conflict, in_order, parse_operation, require_document
from scim.protocol.errors import InvalidSyntax, InvalidValue

CREATE = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "neo"}}
REFUSED = {
    "no object": ("POST", "must be a JSON object"),
    "no method": ({**CREATE, "method": None}, "'method' must be POST"),
    "an unknown method": ({**CREATE, "method": "GET"}, "'method' must be POST"),
    "no path": ({**CREATE, "path": None}, "'path' must be an endpoint"),
    "a path that is a number": ({**CREATE, "path": 1}, "'path' must be an endpoint"),
    "a path below a resource": ({**CREATE, "path": "/Users/1/emails"}, "'path' must be an endpoint"),
    "POST without a bulkId": ({**CREATE, "bulkId": ""}, "needs a 'bulkId'"),
    "POST to a resource": ({**CREATE, "path": "/Users/1"}, "POST needs the path of an endpoint"),
    "DELETE of an endpoint": ({"method": "DELETE", "path": "/Users"}, "Other methods need the path of a resource"),
    "PUT without data": ({"method": "PUT", "path": "/Users/1"}, "PUT needs 'data'"),
    "a version that is a number": (
        {"method": "DELETE", "path": "/Users/1", "version": 1},
        "'version' must be a string",
    ),
}


@pytest.mark.parametrize(("operation", "message"), REFUSED.values(), ids=REFUSED)
def test_invalid_operation_is_refused_with_the_reason(operation, message):
    with pytest.raises(InvalidSyntax) as refused:
        parse_operation(operation)
    assert message in refused.value.detail


def test_names_are_case_insensitive():
    found = parse_operation({"METHOD": "delete", "Path": "/Users/1/", "VERSION": 'W/"2"'})
    assert (found.method, found.endpoint, found.resource_id) == (BulkMethod.DELETE, "Users", "1")
    assert (found.bulk_id, found.version, found.references) == (None, 'W/"2"', frozenset())


def test_references_are_replaced_with_ids_everywhere():
    data = {"members": [{"value": "bulkId:a"}, {"value": "7"}], "count": 1}
    operation = parse_operation({"method": "PATCH", "path": "/Groups/bulkId:g", "data": data})
    assert operation.references == {"a", "g"}
    assert operation.resolved({"a": "1", "g": "2"}) == ("2", {"members": [{"value": "1"}, {"value": "7"}], "count": 1})


def test_operation_without_references_is_unchanged():
    operation = parse_operation(CREATE)
    assert operation.resolved({"a": "1"}) == (None, CREATE["data"])


def test_unknown_reference_is_a_conflict():
    operation = parse_operation({"method": "DELETE", "path": "/Users/bulkId:lost"})
    with pytest.raises(Conflict, match="'lost'"):
        operation.resolved({"a": "1"})


def test_operations_are_ordered_after_those_that_they_refer_to():
    group = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"members": [{"value": "bulkId:a"}]}}
    assert in_order({0: parse_operation(group), 1: parse_operation(CREATE)}) == [1, 0]


def test_operations_in_a_cycle_come_last():
    def group(own, other):
        data = {"members": [{"value": f"bulkId:{other}"}]}
        return parse_operation({"method": "POST", "path": "/Groups", "bulkId": own, "data": data})

    assert in_order({0: group("x", "y"), 1: group("y", "x"), 2: parse_operation(CREATE)}) == [2, 0, 1]


def test_data_must_be_an_object():
    assert require_document({"a": 1}) == {"a": 1}
    with pytest.raises(InvalidValue, match="'data' must be a JSON object"):
        require_document(["a"])
