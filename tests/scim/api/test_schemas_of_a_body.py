"""`schemas` of a POST or PUT (RFC 7643 §3): checked where the organization is strict, otherwise tolerated by name."""

import itertools

import pytest
from django.core.management import call_command

from audit.models import AuditEvent
from scim.protocol.leniency import Tolerance
from tests import surfaces

WRONG = "urn:ietf:params:scim:schemas:core:2.0:Nothing"
MISSING = object()


def other(kind):
    return surfaces.KINDS["group" if kind.endpoint == "/Users" else "user"].core


FAULTS = {
    "missing": lambda kind: {"schemas": MISSING},
    "null": lambda kind: {"schemas": None},
    "empty": lambda kind: {"schemas": []},
    "another type": lambda kind: {"schemas": [other(kind)]},
    "another type too": lambda kind: {"schemas": [kind.core, other(kind)]},
    "unknown": lambda kind: {"schemas": [WRONG]},
    "unknown too": lambda kind: {"schemas": [kind.core, WRONG]},
    "only the extension": lambda kind: {"schemas": [kind.extension], kind.extension: kind.extended},
    "twice": lambda kind: {"schemas": [kind.core, kind.core]},
    "twice in another case": lambda kind: {"schemas": [kind.core, kind.core.upper()]},
    "no text": lambda kind: {"schemas": [kind.core, 7]},
    "extension not named": lambda kind: {"schemas": [kind.core], kind.extension: kind.extended},
}
GOOD = {
    "core": lambda kind: {"schemas": [kind.core]},
    "in capitals": lambda kind: {"schemas": [kind.core.upper()]},
    "with its extension": lambda kind: {"schemas": [kind.core, kind.extension], kind.extension: kind.extended},
    "extension first": lambda kind: {"schemas": [kind.extension, kind.core], kind.extension: kind.extended},
    "extension without values": lambda kind: {"schemas": [kind.core, kind.extension]},
    "null extension": lambda kind: {"schemas": [kind.core], kind.extension: None},
    "capital member name": lambda kind: {"schemas": MISSING, "Schemas": [kind.core]},
}


def body_of(kind, make, number=1, **more):
    body = kind.body(number, **more) | make(kind)
    return {name: value for name, value in body.items() if value is not MISSING}


def refuse(organization, *options):
    call_command("change_policies", str(organization.pk), *options)
    organization.refresh_from_db()


@pytest.fixture
def write(organization, request):
    """Send a body by POST, PUT and both in Bulk; the statuses and errors."""
    surfaces.register_types(organization)

    clients, numbers = {base: surfaces.client(organization, base) for base in surfaces.BASES}, itertools.count(10)

    def send(base, method, kind, body):
        client, path = clients[base], kind.endpoint
        if method.endswith("PUT"):
            path = f"{path}/{client.post(path, kind.body(next(numbers))).document['id']}"
        if not method.startswith("Bulk"):
            answer = client.call(method, path, body)
            return answer.status_code, answer.document
        operation = {"method": method.removeprefix("Bulk "), "path": path, "bulkId": "1", "data": body}
        outcome = client.post("/Bulk", surfaces.bulk(operation)).document["Operations"][0]
        return int(outcome["status"]), outcome.get("response")

    return send


METHODS = ["POST", "PUT", "Bulk POST", "Bulk PUT"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("kind", surfaces.KINDS.values(), ids=surfaces.KINDS)
def test_strict_refuses_every_fault(organization, write, base, method, kind):
    refuse(organization, "--strict")
    for name, make in FAULTS.items():
        status, error = write(base, method, kind, body_of(kind, make))
        assert (status, error["scimType"]) == (400, "invalidSyntax"), name
        assert "schemas" in error["detail"], name


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("kind", surfaces.KINDS.values(), ids=surfaces.KINDS)
def test_strict_takes_what_the_standard_says(organization, write, base, method, kind):
    refuse(organization, "--strict")
    for number, (name, make) in enumerate(GOOD.items()):
        status, error = write(base, method, kind, body_of(kind, make, number))
        assert status in {200, 201}, (name, error)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("base", surfaces.BASES)
@pytest.mark.parametrize("kind", surfaces.KINDS.values(), ids=surfaces.KINDS)
def test_otherwise_it_is_tolerated_and_named_in_the_event(organization, write, base, method, kind):
    for number, (name, make) in enumerate({**FAULTS, **GOOD}.items()):
        status, error = write(base, method, kind, body_of(kind, make, number, externalId=f"x-{number}"))
        assert status in {200, 201}, (name, error)
        tolerated = AuditEvent.objects.order_by("created_at", "id").last().details.get("tolerated", [])
        assert tolerated == (["resource-schemas"] if name in FAULTS else []), name


def test_it_is_one_tolerance_of_its_own(organization, write):
    kind = surfaces.KINDS["user"]
    refuse(organization, "--refuse", "resource-schemas")
    assert write("v1", "POST", kind, body_of(kind, FAULTS["missing"]))[0] == 400
    assert write("v1", "POST", kind, kind.body(nonsense=1))[0] == 201
    refuse(organization, "--refuse", *(set(Tolerance) - {"resource-schemas"}))
    assert write("v1", "POST", kind, kind.body(2) | {"schemas": []})[0] == 201


@pytest.mark.parametrize("value", ["text", 7, {"a": 1}, True])
def test_no_array_is_never_taken(organization, write, value):
    kind = surfaces.KINDS["user"]
    status, error = write("v1", "POST", kind, kind.body(schemas=value))
    assert (status, error["scimType"]) == (400, "invalidSyntax")
