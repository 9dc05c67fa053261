"""Every way to write an attribute over SCIM: methods, resource types, base paths."""

from dataclasses import dataclass, field

import pytest

from audit.actor import COMMAND
from controlhub.actions.schemas import register_resource_type, register_schema
from controlhub.models import Organization
from scim.protocol.schemas import Attribute, Mutability, ResourceSchema
from scim.resources.catalogue import catalogue_of
from tests import factories
from tests.conftest import ScimClient

BASES = ("/v1/scim/{}", "/identity/scim/{}/v2")
EACH_BASE = [BASES[0], pytest.param(BASES[1], marks=pytest.mark.deep)]
"""Both base paths. The second runs only in the deep tier, because the same views serve both."""
BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
LOCKER = "urn:example:scim:schemas:2.0:Locker"
LOCKER_SCHEMA = {
    "id": LOCKER,
    "attributes": [
        {"name": "number", "type": "string", "required": True},
        {"name": "label", "type": "string"},
        {"name": "locked", "type": "boolean"},
        {"name": "checked", "type": "dateTime"},
        {"name": "colours", "type": "string", "multiValued": True},
        {
            "name": "tags",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": name, "type": kind}
                for name, kind in (("value", "string"), ("type", "string"), ("primary", "boolean"))
            ],
        },
        {
            "name": "owner",
            "type": "complex",
            "subAttributes": [
                {"name": "value", "type": "string"},
                {"name": "$ref", "type": "reference"},
                {"name": "note", "type": "string"},
            ],
        },
    ],
}
LOCKERS = {"name": "Locker", "endpoint": "/Lockers", "schema": LOCKER}
REQUIRED = {"/Users": {"userName": "neo@example.com"}, "/Groups": {"displayName": "Crew"}, "/Lockers": {"number": "1"}}
ENDPOINTS = tuple(REQUIRED)


@dataclass
class Outcome:
    """The outcome of a write, over HTTP or as an operation in a bulk request."""

    status: int
    document: dict | None

    @property
    def scim_type(self):
        return (self.document or {}).get("scimType")


@dataclass
class Subject:
    """A resource of one type at one base, and every way to write to it."""

    client: ScimClient
    endpoint: str
    schema: ResourceSchema
    resource_id: str = ""
    required: dict = field(default_factory=dict)

    @property
    def address(self):
        return f"{self.endpoint}/{self.resource_id}"

    def make(self, **attributes):
        self.required = {**REQUIRED[self.endpoint], **self.required}
        if self.resource_id:
            self.client.delete(self.address)
        answer = self.client.post(self.endpoint, {**self.required, **attributes})
        assert answer.status_code == 201, answer.document
        self.resource_id = answer.document["id"]
        return answer.document

    def read(self):
        return self.client.get(self.address).document

    def targets(self, *, multi_valued=None, is_complex=None):
        """Attributes that clients can write. Of Webex's numbered ones, which are alike, only the first."""
        for target in self.schema.targets:
            attribute = target.attribute
            if attribute.mutability is Mutability.READ_ONLY or attribute.name in ALIKE:
                continue
            if multi_valued in {None, attribute.multi_valued} and is_complex in {None, attribute.is_complex}:
                yield target

    # --- ways to write a value at a path ---
    def post(self, path, value):
        self.client.delete(self.address)
        answer = self.client.post(self.endpoint, {**self.required, **nested(path, value)})
        if answer.status_code == 201:
            self.resource_id = answer.document["id"]
        else:
            self.resource_id = ""
            self.make()
        return Outcome(answer.status_code, answer.document)

    def put(self, path, value):
        answer = self.client.put(self.address, {**self.required, **nested(path, value)})
        return Outcome(answer.status_code, answer.document)

    def patch(self, op, path, value):
        return self.operate({"op": op, "path": path, "value": value})

    def patch_without_path(self, op, path, value):
        return self.operate({"op": op, "value": nested(path, value)})

    def operate(self, *operations):
        answer = self.client.patch(self.address, *operations)
        return Outcome(answer.status_code, answer.document)

    def bulk(self, method, data):
        path = self.endpoint if method == "POST" else self.address
        operation = {"method": method, "path": path, "data": data}
        if method == "POST":
            operation["bulkId"] = "1"
        answer = self.client.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": [operation]})
        (outcome,) = answer.document["Operations"]
        status = int(outcome["status"])
        return Outcome(status, self.read() if status < 300 else outcome["response"])


ALIKE = {f"{name}{number}" for name in ("extensionAttribute", "externalAttribute") for number in range(2, 16)}
PARTS = [pytest.param(False, id="some"), pytest.param(True, id="all", marks=pytest.mark.deep)]
"""Some of the combinations in the fast tier, all of them in the deep tier."""


def some_of(cases, number, *, is_all):
    """All cases, or a fifth of them that depends on `number`, so that each case is used for some way."""
    cases = list(cases)
    return cases if is_all else cases[number % 5 :: 5]


CHANGES = {
    "PUT": lambda subject, path, value: subject.put(path, value),
    "PATCH replace": lambda subject, path, value: subject.patch("replace", path, value),
    "PATCH replace without path": lambda subject, path, value: subject.patch_without_path("replace", path, value),
    "PATCH add": lambda subject, path, value: subject.patch("add", path, value),
    "PATCH add without path": lambda subject, path, value: subject.patch_without_path("add", path, value),
    "Bulk PUT": lambda subject, path, value: subject.bulk("PUT", {**subject.required, **nested(path, value)}),
    "Bulk PATCH": lambda subject, path, value: subject.bulk(
        "PATCH", factories.patch_body({"op": "replace", "path": path, "value": value})
    ),
}
"""Ways to change an existing resource."""
WAYS = {"POST": lambda subject, path, value: subject.post(path, value), **CHANGES}


def subject_of(organization, endpoint, base):
    """A subject of a type. Lockers are a custom type of the organization."""
    if endpoint == "/Lockers":
        register_schema(organization, definition=LOCKER_SCHEMA, actor=COMMAND)
        register_resource_type(organization, definition=LOCKERS, actor=COMMAND)
        organization = Organization.objects.get(pk=organization.pk)
    _, secret = factories.make_token(organization)
    handler = catalogue_of(organization).by_endpoint[endpoint.lstrip("/")]
    return Subject(ScimClient(organization, secret, base), endpoint, handler.schema)


def nested(path, value):
    """The body with the value at a path: `name.givenName`, `urn:…:User:manager.value`, `urn:…:User`."""
    if path.endswith(("User", "Group")):
        return {path: value}
    urn, colon, rest = path.rpartition(":")
    for name in reversed(rest.split(".")):
        value = {name: value}
    return {urn: value} if colon else value


def read(document, path):
    """The value at such a path, or None."""
    urn, colon, rest = path.rpartition(":")
    value = document.get(urn, {}) if colon else document
    for name in rest.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def sample(attribute: Attribute, text="abc"):
    """A value of an attribute's type: one element if it is multi-valued."""
    if attribute.is_complex:
        subs = [sub for sub in attribute.sub_attributes if sub.mutability is not Mutability.READ_ONLY]
        return {
            sub.name: [sample(sub, text)] if sub.multi_valued else sample(sub, text)
            for sub in subs
            if sub.name not in {"primary", "$ref"}
        }
    samples = {
        "boolean": True,
        "integer": 7,
        "decimal": 1.5,
        "dateTime": "2026-01-31T12:00:00Z",
        "binary": "YWJj",
        "reference": f"https://example.com/{text}",
    }
    return samples.get(attribute.type.value, text)
