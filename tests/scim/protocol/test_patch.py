from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.messages import parse_patch
from scim.protocol.patch import apply
from scim.protocol.schemas import USER_RESOURCE

BARBARA = {"schemas": [], "userName": "bjensen", "active": True}


def patched(*operations):
    leniency = Leniency()
    result = apply(parse_patch({"Operations": list(operations)}, leniency), BARBARA, USER_RESOURCE, leniency)
    return result.document, leniency.used


def test_entra_capitalised_op_and_string_boolean_deactivate():
    document, used = patched({"op": "Replace", "path": "active", "value": "False"})
    assert document["active"] is False
    assert {Tolerance.OPERATION_CASE, Tolerance.BOOLEAN_AS_STRING} <= used


def test_filtered_replace_without_match_creates_the_element():
    document, _ = patched({"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@example.com"})
    assert document["emails"] == [{"type": "work", "value": "b@example.com"}]


def test_the_document_given_is_not_changed():
    patched({"op": "add", "path": "nickName", "value": "Babs"})
    assert "nickName" not in BARBARA
