"""Synchronization schemas of Microsoft Graph: import, report, export, and hostile documents."""

import json

import pytest

from directory.provisioning.graph_schema import MAX_BYTES, MAX_REPORT, ObjectMapping, SchemaError, dump, load
from directory.provisioning.mapping import AttributeMapping
from directory.provisioning.scope import ScopingFilter

STATE = {"attribute": "state", "operator": "!&", "value": "NY,CA"}


def attribute(name):
    return {"expression": f"[{name}]", "name": name, "parameters": [], "type": "Attribute"}


def constant(value):
    return {"expression": f'"{value}"', "name": value, "parameters": [], "type": "Constant"}


def function(name, expression="", **parameters):
    pairs = [{"key": key, "value": value} for key, value in parameters.items()]
    return {"expression": expression, "name": name, "parameters": pairs, "type": "Function"}


def mapped(source, target, **members):
    usual = {
        "defaultValue": None,
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": "Always",
        "matchingPriority": 0,
    }
    return usual | members | {"source": source, "targetAttributeName": target}


def schema(*mappings, **members):
    mapping = {
        "attributeMappings": list(mappings),
        "enabled": True,
        "flowTypes": "Add, Update, Delete",
        "metadata": [{"key": "IsCustomerDefined", "value": "false"}],
        "name": "Synchronize Azure Active Directory Users to salesforce.com",
        "scope": None,
        "sourceObjectName": "User",
        "targetObjectName": "User",
    }
    rule = {
        "editable": True,
        "id": "4c5ecfa1-a072-4460-b1c3-4adde3479854",
        "name": "USER_OUTBOUND_USER",
        "objectMappings": [mapping | members],
        "priority": 1,
        "sourceDirectoryName": "Azure Active Directory",
        "targetDirectoryName": "salesforce.com",
    }
    return {"directories": [], "synchronizationRules": [rule]}


# The sample in microsoft-graph-docs-contrib, synchronization-objectmapping.
SAMPLE = schema(
    mapped(function("Not", "Not([IsSoftDeleted])", source=attribute("IsSoftDeleted")), "IsActive", defaultValue="True"),
    mapped(
        function("Mid", source=attribute("userPrincipalName"), start=constant("1"), length=constant("8")),
        "Alias",
    ),
    mapped(attribute("mail"), "Email"),
    mapped(None, "EmailEncodingKey", defaultValue="ISO-8859-1"),
    mapped(attribute("surname"), "LastName", defaultValue="."),
    mapped(
        function("Replace", source=attribute("preferredLanguage"), Find=constant("-"), Replacement=constant("_")),
        "LocaleSidKey",
        defaultValue="en_US",
    ),
    mapped(attribute("userPrincipalName"), "Username", matchingPriority=1),
    mapped(constant("Gold"), "Level", flowType="ObjectAddOnly"),
)


def loaded_mappings(document):
    loaded = load(document)
    assert [str(note.message) for note in loaded.notes] == []
    (found,) = loaded.objects
    return found.mappings


def test_documented_sample_is_imported():
    assert loaded_mappings(SAMPLE) == [
        AttributeMapping("IsActive", "expression", "Not([IsSoftDeleted])", "True"),
        AttributeMapping("Alias", "expression", 'Mid([userPrincipalName], "1", "8")'),
        AttributeMapping("Email", "direct", "mail"),
        AttributeMapping("EmailEncodingKey", "none", "", "ISO-8859-1"),
        AttributeMapping("LastName", "direct", "surname", "."),
        AttributeMapping("LocaleSidKey", "expression", 'Replace([preferredLanguage], "-", , , "_", , )', "en_US"),
        AttributeMapping("Username", "direct", "userPrincipalName", matching=1),
        AttributeMapping("Level", "constant", "Gold", when="create"),
    ]


def test_text_and_parsed_document_are_equivalent():
    text = json.dumps(SAMPLE)
    assert load(text) == load(b"\xef\xbb\xbf" + text.encode()) == load({"schema": SAMPLE}) == load(SAMPLE)


def clause(name, operator, *values):
    return {"sourceOperandName": name, "operatorName": operator, "targetOperand": {"values": list(values)}}


def test_scope_is_imported():
    group = {"name": "New York", "clauses": [clause("state", "EQUALS", "NY"), clause("jobTitle", "IS NOT NULL")]}
    (found,) = load(schema(mapped(attribute("mail"), "Email"), scope={"groups": [group]})).objects
    assert found.scope.to_json() == {
        "groups": [
            {
                "name": "New York",
                "clauses": [
                    {"attribute": "state", "operator": "EQUALS", "value": "NY"},
                    {"attribute": "jobTitle", "operator": "IS NOT NULL", "value": ""},
                ],
            }
        ]
    }


def test_actions_and_enabled_are_imported():
    (found,) = load(schema(flowTypes="Add,Update", enabled=False)).objects
    assert (found.actions, found.is_enabled) == (("Add", "Update"), False)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (mapped(function("Nope", "Nope([a])"), "x"), "skipped: Line 1, column 1: There is no function Nope."),
        (mapped({"type": "Mystery", "name": "a"}, "x"), "has the type Mystery, which is not known"),
        (mapped(attribute(""), "x"), "Choose a source attribute."),
        (mapped(attribute("mail"), "id"), "The target sets id itself."),
        (mapped(attribute("mail"), "x", flowType="MultiValueAddOnly"), "MultiValueAddOnly is not supported"),
        (mapped(attribute("mail"), "x", flowBehavior="FlowAlways"), "values are sent when they change"),
        (mapped(attribute("mail"), "x", novelty=1), "The member novelty is not known."),
        (
            mapped({"type": "Function", "name": "Not", "parameters": 1}, "x"),
            "parameters of the function are not understood",
        ),
        (5, "A mapping must be an object."),
    ],
)
def test_unsupported_parts_are_reported_with_their_location(mapping, message):
    (note,) = load(schema(mapped(attribute("mail"), "Email"), mapping)).notes
    assert note.place == "synchronizationRules[0].objectMappings[0].attributeMappings[1]"
    assert message in str(note.message)


def test_unsupported_filter_groups_are_not_imported():
    understood = {"name": "a", "clauses": [clause("state", "EQUALS", "NY")]}
    unknown = {"name": "b", "clauses": [clause("state", "SOUNDS LIKE", "NY")]}
    several = {"name": "c", "clauses": [clause("state", "EQUALS", "NY", "CA")]}
    loaded = load(schema(scope={"groups": [understood, unknown, several], "inputFilterGroups": [understood]}))
    assert [group.name for group in loaded.objects[0].scope.groups] == ["a"]
    assert loaded.objects[0].is_enabled
    assert [note.place.rpartition(".")[2] for note in loaded.notes] == ["inputFilterGroups", "groups[1]", "groups[2]"]
    loaded = load(schema(scope={"groups": [unknown]}))
    assert not loaded.objects[0].is_enabled
    assert "turned off until you set its scope" in str(loaded.notes[-1].message)


ANYTHING = [
    ObjectMapping(
        name="People",
        source_object="User",
        target_object="User",
        mappings=[
            AttributeMapping("userName", "direct", "userPrincipalName", matching=1),
            AttributeMapping(
                'emails[type eq "work"].value', "expression", 'Join("", [a], 1000, IIF([b] = "\\"", Now(), ""))'
            ),
            AttributeMapping("active", "expression", 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'),
            AttributeMapping("title", "constant", 'a "quoted" \\ text', when="create"),
            AttributeMapping("nickName", "expression", 'InStr([a], "b", 1, vbTextCompare)', "none"),
            AttributeMapping("locale", "none", default="en"),
        ],
        scope=ScopingFilter.from_json({"groups": [{"name": "a", "clauses": [STATE]}]}),
    ),
    ObjectMapping(
        "Groups", "Group", "Group", False, ("Add",), [AttributeMapping("displayName", "direct", "displayName")]
    ),
]


def test_exported_schema_can_be_imported_unchanged():
    exported = json.loads(json.dumps(dump(ANYTHING, "Webex")))
    assert load(exported).notes == []
    assert load(exported).objects == ANYTHING


def without_expressions(source):
    """A source that has only its parts, without the text of its expression."""
    parameters = [pair | {"value": without_expressions(pair["value"])} for pair in source["parameters"]]
    return source | {"parameters": parameters, "expression": ""}


def test_parts_of_an_expression_are_equivalent_to_its_text():
    exported = dump(ANYTHING[:1], "Webex")
    (mapping,) = exported["synchronizationRules"][0]["objectMappings"]
    mapping["attributeMappings"] = [mapping["attributeMappings"][index] for index in (2, 4)]
    for each in mapping["attributeMappings"]:
        each["source"] = without_expressions(each["source"])
    (switch, position) = loaded_mappings(exported)
    assert switch.value == 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'
    assert position.value == 'InStr([a], "b", "1", vbTextCompare)'


def nested(depth):
    source = attribute("mail")
    for _ in range(depth):
        source = function("Not", source=source)
    return source


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff",
        "null",
        "[]",
        "{}",
        '{"synchronizationRules": {}}',
        '{"schema": 5}',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"synchronizationRules": NaN}',
        b" " * (MAX_BYTES + 1),
        "9" * 10_000,
    ],
    ids=range(12),
)
def test_other_documents_are_refused(document):
    with pytest.raises(SchemaError):
        load(document)


@pytest.mark.parametrize(
    "document",
    [
        {"synchronizationRules": [None, {}, {"objectMappings": [None, {}, {"attributeMappings": None}]}]},
        schema(*[mapped(nested(200), f"x{index}") for index in range(5)]),
        schema(*[mapped(attribute("mail"), "x", **{f"n{index}": 1 for index in range(500)})]),
        schema(*[None] * 1_000),
        schema(mapped(attribute("a" * 100_000), "x" * 100_000)),
        schema(scope={"groups": [{"clauses": [{}] * 5_000}] * 60}),
        schema(scope={"groups": 7}, name=7, flowTypes=[], enabled="no"),
        schema(mapped({"type": [], "name": {}}, ["x"], matchingPriority=10**30, defaultValue=[])),
        {"synchronizationRules": [{"objectMappings": [{"attributeMappings": []}] * 1_000}] * 10},
    ],
    ids=range(9),
)
def test_hostile_documents_cause_a_limited_report(document):
    loaded = load(document)
    assert len(loaded.notes) <= MAX_REPORT
    assert len(loaded.objects) <= 50
    assert all(len(str(note.message)) < 2_000 for note in loaded.notes)
