"""`schemas` of a POST or PUT (RFC 7643 §3): checked in strict organizations, otherwise tolerated by name."""

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
def write(organization):
    """Send a body by POST or PUT, alone or in Bulk. Returns the status and the error."""
    surfaces.register_types(organization)
    clients, targets = {base: surfaces.client(organization, base) for base in surfaces.BASES}, {}

    def send(base, method, kind, body):
        client, path = clients[base], kind.endpoint
        if method.endswith("PUT"):
            if kind.endpoint not in targets:
                targets[kind.endpoint] = client.post(path, kind.body(99)).document["id"]
            path = f"{path}/{targets[kind.endpoint]}"
        if not method.startswith("Bulk"):
            answer = client.call(method, path, body)
            return answer.status_code, answer.document
        operation = {"method": method.removeprefix("Bulk "), "path": path, "bulkId": "1", "data": body}
        outcome = client.post("/Bulk", surfaces.bulk(operation)).document["Operations"][0]
        return int(outcome["status"]), outcome.get("response")

    return send


METHODS = ["POST", "PUT", "Bulk POST", "Bulk PUT"]


def everywhere(test):
    """Parametrize with both base paths and every kind of resource type."""
    of_each_kind = pytest.mark.parametrize("kind", surfaces.KINDS.values(), ids=surfaces.KINDS)
    return pytest.mark.parametrize("base", surfaces.BASES)(of_each_kind(test))


@everywhere
def test_strict_refuses_every_fault(organization, write, base, kind):
    refuse(organization, "--strict")
    for method, (name, make) in itertools.product(METHODS, FAULTS.items()):
        status, error = write(base, method, kind, body_of(kind, make))
        assert (status, error["scimType"]) == (400, "invalidSyntax"), (method, name)
        assert "schemas" in error["detail"], (method, name)


@everywhere
def test_strict_accepts_valid_schemas(organization, write, base, kind):
    refuse(organization, "--strict")
    for number, (method, (name, make)) in enumerate(itertools.product(METHODS, GOOD.items())):
        status, error = write(base, method, kind, body_of(kind, make, number))
        assert status in {200, 201}, (method, name, error)


@everywhere
def test_lenient_tolerates_faults_and_names_them_in_the_event(organization, write, base, kind):
    for number, (method, (name, make)) in enumerate(itertools.product(METHODS, {**FAULTS, **GOOD}.items())):
        status, error = write(base, method, kind, body_of(kind, make, number, externalId=f"x-{number}"))
        assert status in {200, 201}, (method, name, error)
        tolerated = AuditEvent.objects.order_by("created_at", "id").last().details.get("tolerated", [])
        assert tolerated == (["resource-schemas"] if name in FAULTS else []), (method, name)


def test_faults_are_one_separate_tolerance(organization, write):
    kind = surfaces.KINDS["user"]
    refuse(organization, "--refuse", "resource-schemas")
    assert write("v1", "POST", kind, body_of(kind, FAULTS["missing"]))[0] == 400
    assert write("v1", "POST", kind, kind.body(nonsense=1))[0] == 201
    refuse(organization, "--refuse", *(set(Tolerance) - {"resource-schemas"}))
    assert write("v1", "POST", kind, kind.body(2) | {"schemas": []})[0] == 201


@pytest.mark.parametrize("value", ["text", 7, {"a": 1}, True])
def test_value_that_is_not_an_array_is_always_refused(organization, write, value):
    kind = surfaces.KINDS["user"]
    status, error = write("v1", "POST", kind, kind.body(schemas=value))
    assert (status, error["scimType"]) == (400, "invalidSyntax")
