"""The served standard schemas equal those of RFC 7643 §8.7, including descriptions, except for listed deviations."""

import json
from pathlib import Path

import pytest

from scim.protocol.schemas import DISCOVERY, ENTERPRISE_USER, GROUP, USER
from tests import surfaces

RFC = {
    schema["id"]: schema
    for schema in json.loads((Path(__file__).parent / "rfc7643_schemas.json").read_text("utf-8"))["schemas"]
}
OURS = {schema.urn: schema for schema in (USER, GROUP, ENTERPRISE_USER, *DISCOVERY)}
SCHEMAS = sorted(RFC)
CHARACTERISTICS = {
    "type": "string",
    "multiValued": False,
    "description": "",
    "required": False,
    "caseExact": False,
    "mutability": "readWrite",
    "returned": "default",
    "uniqueness": "none",
    "canonicalValues": [],
    "referenceTypes": [],
}
"""Each characteristic with its default (RFC 7643 §2.2)."""

REFERENCE = "RFC 7643 §2.3.7: a reference is case exact; §8.7 contradicts it"
ID = "RFC 7643 §3.1: an `id` is case exact; §8.7 contradicts it"
TYPE_BINARY = "RFC 7643 §7 has the type `binary`; §8.7.2 forgets it"
DEVIATIONS = {
    "User:profileUrl": {"caseExact": REFERENCE},
    "User:photos.value": {"caseExact": REFERENCE},
    "User:password": {"caseExact": "'secret' and 'SECRET' are two passwords"},
    "User:groups.value": {"caseExact": ID},
    "User:groups.$ref": {
        "caseExact": REFERENCE,
        "referenceTypes": "RFC 7643 §4.1.2 and the description: it refers to a Group, never to a User",
    },
    "User:x509Certificates.value": {"caseExact": "RFC 7643 §2.3.6: binary is case exact"},
    "Group:displayName": {"required": "RFC 7643 §4.2 and the description: REQUIRED (reported as an erratum)"},
    "Group:members.value": {"caseExact": ID},
    "Group:members.$ref": {"caseExact": REFERENCE},
    "EnterpriseUser:manager.value": {"caseExact": ID},
    "EnterpriseUser:manager.$ref": {"caseExact": REFERENCE},
    "ServiceProviderConfig:documentationUri": {"caseExact": REFERENCE},
    "ServiceProviderConfig:authenticationSchemes.specUri": {"caseExact": REFERENCE},
    "ServiceProviderConfig:authenticationSchemes.documentationUri": {"caseExact": REFERENCE},
    "ResourceType:endpoint": {"caseExact": REFERENCE},
    "ResourceType:schemaExtensions": {
        "multiValued": "RFC 7643 §6: a list of URIs, as every example has it",
        "required": "RFC 7643 §6: OPTIONAL; a type without extensions has none",
    },
    "Schema:description": {"description": "§8.7.2 repeats the description of `name`"},
    "Schema:attributes.type": {"canonicalValues": TYPE_BINARY},
    "Schema:attributes.subAttributes.type": {"canonicalValues": TYPE_BINARY},
    "Schema:attributes.subAttributes.referenceTypes": {
        "multiValued": "RFC 7643 §7: an array, as one level above",
    },
}
ADDED = {
    "User:addresses.primary": "RFC 7643 §2.4: a default sub-attribute of multi-valued attributes",
    "Group:members.display": "RFC 7643 §2.4; returned on request only (docs/decisions/0008)",
    "ServiceProviderConfig:authenticationSchemes.type": "RFC 7643 §5 requires it",
    "ServiceProviderConfig:authenticationSchemes.primary": "RFC 7643 §2.4, and in the example of §8.5",
    "ServiceProviderConfig:pagination": "RFC 9865 §4",
}


def key(urn, path=""):
    name = urn.rpartition(":")[2] if "enterprise" not in urn else "EnterpriseUser"
    return f"{name}:{path}"


def attributes(document, prefix=""):
    """Maps paths to characteristics, including sub-attributes. Duplicate names are an error."""
    found = {}
    for attribute in document:
        path = prefix + attribute["name"]
        assert path not in found
        found[path] = {name: attribute.get(name, default) for name, default in CHARACTERISTICS.items()}
        found |= attributes(attribute.get("subAttributes", []), f"{path}.")
    return found


def differences(served, urn):
    """Differences between a served schema and the RFC: path to names of characteristics, and unmatched paths."""
    ours, theirs = attributes(served["attributes"]), attributes(RFC[urn]["attributes"])
    changed = {}
    for path in ours.keys() & theirs.keys():
        if names := {name for name in CHARACTERISTICS if ours[path][name] != theirs[path][name]}:
            changed[key(urn, path)] = names
    only_ours = {key(urn, path) for path in ours.keys() - theirs.keys()}
    return changed, only_ours, theirs.keys() - ours.keys()


def test_every_standard_schema_is_compared():
    assert set(OURS) == set(RFC)
    assert sum(len(attributes(schema["attributes"])) for schema in RFC.values()) > 120


@pytest.mark.parametrize("urn", SCHEMAS)
def test_schema_equals_the_rfc_except_for_deviations(urn):
    changed, only_ours, missing = differences(OURS[urn].document, urn)
    allowed = {path: set(reasons) for path, reasons in DEVIATIONS.items() if path.startswith(key(urn))}
    assert changed == allowed
    below_added = {path for path in only_ours if any(path.startswith(f"{added}.") for added in ADDED)}
    assert only_ours - below_added == {path for path in ADDED if path.startswith(key(urn))}
    assert not missing
    assert (OURS[urn].name, OURS[urn].description) == (RFC[urn]["name"], RFC[urn]["description"])


@pytest.mark.parametrize("base", surfaces.BASES)
def test_schemas_are_served_unchanged(organization, base):
    """The list and each single schema, at both bases."""
    client = surfaces.client(organization, base)
    listed = {schema["id"]: schema for schema in client.get("/Schemas").document["Resources"]}
    for urn in SCHEMAS:
        one = client.get(f"/Schemas/{urn}").document
        assert one == listed[urn]
        assert {name: one[name] for name in OURS[urn].document} == OURS[urn].document


@pytest.mark.parametrize("base", surfaces.BASES)
def test_every_reference_has_reference_types(organization, base):
    """RFC 7643 §7: `referenceTypes` exists for every attribute of type reference, and for no other."""
    surfaces.register_types(organization)
    for schema in surfaces.client(organization, base).get("/Schemas").document["Resources"]:
        for path, attribute in attributes(schema["attributes"]).items():
            assert bool(attribute["referenceTypes"]) is (attribute["type"] == "reference"), (schema["id"], path)


def unknown(value, definitions, path=""):
    """Paths of members that a schema doesn't define."""
    for item in value if isinstance(value, list) else [value]:
        for name, member in item.items() if isinstance(item, dict) else ():
            if name not in definitions:
                yield f"{path}{name}"
            else:
                yield from unknown(member, definitions[name], f"{path}{name}.")


def tree(document):
    return {attribute["name"]: tree(attribute.get("subAttributes", [])) for attribute in document}


@pytest.mark.parametrize("base", surfaces.BASES)
def test_discovery_documents_contain_only_defined_attributes(organization, base):
    surfaces.register_types(organization)
    client = surfaces.client(organization, base)
    documents = [
        client.get("/ServiceProviderConfig").document,
        *client.get("/ResourceTypes").document["Resources"],
        *client.get("/Schemas").document["Resources"],
    ]
    for document in documents:
        (urn,) = document["schemas"]
        common = {"schemas": {}, "id": {}, "meta": {"resourceType": {}, "location": {}}}
        found = set(unknown(document, common | tree(OURS[urn].document["attributes"])))
        # The standard's schema of schemas nests one level deeper than it allows.
        allowed = {"attributes.subAttributes.subAttributes"} if document.get("id", "").endswith(":Schema") else set()
        assert found == allowed, document.get("id", urn)
