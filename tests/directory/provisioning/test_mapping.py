"""Mappings: JSON, the object that they build from a person, and problems in a list of them."""

from datetime import UTC, datetime

import pytest

from directory.provisioning.expressions import Context
from directory.provisioning.mapping import AttributeMapping, MappingError, build, check_all, preview
from scim.protocol import urns

CONTEXT = Context(datetime(2026, 11, 27, tzinfo=UTC), b"seed", references={"m-1": "remote-1"})
ENTERPRISE = urns.ENTERPRISE_USER
MAPPINGS = [
    AttributeMapping("userName", value="userPrincipalName", matching=1),
    AttributeMapping("active", "expression", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'),
    AttributeMapping("displayName", value="displayName"),
    AttributeMapping('emails[type eq "work"].value', value="mail", matching=2),
    AttributeMapping('emails[type eq "work"].primary', "constant", "True"),
    AttributeMapping("name.givenName", value="givenName"),
    AttributeMapping("name.familyName", value="surname", default="."),
    AttributeMapping('addresses[type eq "work"].country', value="country"),
    AttributeMapping("preferredLanguage", "none", default="en"),
    AttributeMapping("title", value="jobTitle", when="create"),
    AttributeMapping(f"{ENTERPRISE}:department", value="department"),
    AttributeMapping(f"{ENTERPRISE}:manager", value="manager"),
    AttributeMapping("roles", "expression", "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"),
]
ANNA = {
    "userPrincipalName": "anna@example.com",
    "IsSoftDeleted": False,
    "displayName": "Anna Berg",
    "mail": "Anna@example.com",
    "givenName": "Anna",
    "surname": None,
    "country": "DE",
    "jobTitle": "Engineer",
    "department": "R&D",
    "manager": "m-1",
    "appRoleAssignments": [{"value": "admin", "displayName": "Admin"}],
}


def built(source=ANNA, mappings=MAPPINGS, *, creating=True):
    return build(mappings, source, CONTEXT, creating=creating)


def test_person_becomes_a_scim_user():
    target = built()
    assert target.failures == []
    assert target.document == {
        "schemas": [urns.CORE_USER, ENTERPRISE],
        "userName": "anna@example.com",
        "active": True,
        "displayName": "Anna Berg",
        "emails": [{"type": "work", "value": "Anna@example.com", "primary": True}],
        "name": {"givenName": "Anna", "familyName": "."},
        "addresses": [{"type": "work", "country": "DE"}],
        "preferredLanguage": "en",
        "title": "Engineer",
        ENTERPRISE: {"department": "R&D", "manager": {"value": "remote-1"}},
        "roles": [
            {"primary": False, "type": "WindowsAzureActiveDirectoryRole", "display": "Admin", "value": "admin"},
        ],
    }


def test_update_omits_defaults_and_values_sent_only_once():
    target = built(creating=False)
    assert {"title", "preferredLanguage", "name.familyName"} & set(target.values) == set()
    assert target.values["name.givenName"] == "Anna"


def test_matching_attributes_are_in_order_of_precedence():
    assert built().matching == [
        ("userName", "anna@example.com"),
        ('emails[type eq "work"].value', "Anna@example.com"),
    ]
    assert built(ANNA | {"userPrincipalName": ""}).matching[0][0].startswith("emails")


def test_reference_without_an_object_in_the_target_is_unresolved():
    target = built(ANNA | {"manager": "m-2"})
    assert target.unresolved == {f"{ENTERPRISE}:manager"}
    assert "manager" not in target.document[ENTERPRISE]


def test_failing_expression_is_reported_and_does_not_affect_others():
    mapping = AttributeMapping("nickName", "expression", 'CDate("tomorrow")')
    target = built(mappings=[mapping, *MAPPINGS])
    assert [failure.target for failure in target.failures] == ["nickName"]
    assert "is not a date" in str(target.failures[0].message)
    assert target.document["userName"] == "anna@example.com"


def test_value_of_the_wrong_type_is_a_failure():
    target = built(mappings=[AttributeMapping("active", value="displayName")])
    assert "“Anna Berg” cannot be the value of active" in str(target.failures[0].message)


def test_redacted_value_is_sent_and_listed():
    target = built(mappings=[AttributeMapping("nickName", "expression", "Redact([givenName])")])
    assert target.values == {"nickName": "Anna"}
    assert target.redacted == {"nickName"}


def test_ignored_value_gets_no_default():
    mapping = AttributeMapping("nickName", "expression", "IgnoreFlowIfNullOrEmpty([surname])", default="x")
    target = built(mappings=[mapping])
    assert target.values == {}
    assert target.ignored == {"nickName"}


def test_random_values_are_the_same_in_plan_and_run():
    mapping = AttributeMapping("password", "expression", "RandomString(12,2,2,2,2)")
    assert built(mappings=[mapping]).values == built(mappings=[mapping]).values
    assert built(mappings=[mapping], creating=False).values == {}


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda mapping: mapping.target)
def test_mapping_survives_a_json_round_trip(mapping):
    assert AttributeMapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        (None, "", "A mapping must be an object."),
        ({"target": "userName", "value": "mail", "extra": 1}, "extra", "extra is not a known member"),
        ({"target": "userName", "value": 1}, "value", "must be a string"),
        ({"target": "userName"}, "value", "Choose a source attribute."),
        ({"target": "id", "value": "mail"}, "target", "The target sets id itself."),
        ({"target": "groups", "value": "mail"}, "target", "The target sets groups itself."),
        ({"target": "emails.value", "value": "mail"}, "target", "emails has several values."),
        ({"target": "name.nick", "value": "mail"}, "target", "name has no sub-attribute nick."),
        ({"target": "emails[type sw", "value": "mail"}, "target", "is not a path of an attribute"),
        ({"target": 'emails[type sw "w"].value', "value": "mail"}, "target", "can use only “eq” and “and”"),
        ({"target": "a" * 600, "value": "mail"}, "target", "more than 512 characters"),
        ({"target": "userName", "kind": "formula", "value": "mail"}, "kind", "must be one of direct, constant"),
        ({"target": "userName", "kind": "expression", "value": "Join("}, "value", "Line 1, column 6"),
        ({"target": "userName", "value": "mail", "matching": 0}, "matching", "from 1 to 200"),
        ({"target": "userName", "value": "mail", "matching": True}, "matching", "from 1 to 200"),
        ({"target": "roles", "value": "mail", "matching": 1}, "matching", "cannot be a matching attribute"),
        ({"target": "userName", "value": "mail", "case_exact": "no"}, "case_exact", "true or false"),
        (
            {"target": "userName", "kind": "expression", "value": "SelectUniqueValue([mail], [a])", "matching": 1},
            "value",
            "cannot use SelectUniqueValue",
        ),
    ],
)
def test_invalid_mapping_is_refused(document, field, message):
    with pytest.raises(MappingError) as raised:
        AttributeMapping.from_json(document)
    assert raised.value.field == field
    assert message in str(raised.value)


def test_problems_in_a_list_are_found():
    mappings = [
        AttributeMapping("name.givenName", value="givenName"),
        AttributeMapping("name", value="surName"),
        AttributeMapping("userName", value="costCentre"),
    ]
    found = [(problem.index, problem.field, problem.is_warning) for problem in check_all(mappings)]
    assert found == [(0, "matching", False), (1, "target", False), (1, "value", True), (2, "value", True)]
    assert check_all(MAPPINGS) == []
    assert not [each for each in check_all(mappings, custom=["costCentre"]) if each.index == 2]


def test_preview_shows_each_nested_call():
    mapping = AttributeMapping("userName", "expression", 'ToLower(Join(".", [givenName], Left([displayName], 2)))')
    assert [(step.text, step.value) for step in preview(mapping, ANNA, CONTEXT)] == [
        ("Left([displayName], 2)", "An"),
        ('Join(".", [givenName], Left([displayName], 2))', "Anna.An"),
        ('ToLower(Join(".", [givenName], Left([displayName], 2)))', "anna.an"),
    ]
    assert preview(MAPPINGS[0], ANNA, CONTEXT) == [("[userPrincipalName]", "anna@example.com", None, False)]
