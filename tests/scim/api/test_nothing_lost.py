"""A change affects only what it names: cases from a review that tried to break the rules."""

import pytest

from audit.actor import COMMAND
from audit.models import AuditEvent
from controlhub.actions.schemas import extend_resource_type, register_schema
from controlhub.models import Organization, User
from scim.api.parameters import split_names
from scim.protocol.leniency import Tolerance
from tests import factories
from tests.scim.writes import CHANGES, EACH_BASE, WAYS, read, subject_of

BADGE = "urn:example:scim:schemas:2.0:Badge"
ENTERPRISE = factories.ENTERPRISE
MANAGER = f"{ENTERPRISE}:manager"
WORK = {"type": "work", "value": "a@example.com"}
HOME = {"type": "home", "value": "b@example.com"}


@pytest.fixture(params=EACH_BASE)
def base(request):
    return request.param


@pytest.fixture
def neo(organization, base):
    subject = subject_of(organization, "/Users", base)
    subject.make(emails=[WORK, HOME], title="One", name={"givenName": "Thomas", "familyName": "Anderson"})
    return subject


@pytest.fixture
def locker(organization, base):
    return subject_of(organization, "/Lockers", base)


def strict():
    Organization.objects.update(refused_tolerances=[tolerance.value for tolerance in Tolerance])


# --- members --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_member_with_only_a_reference_is_refused(organization, base, way):
    subject = subject_of(organization, "/Groups", base)
    user = str(factories.make_user(organization, "neo").pk)
    subject.make(members=[{"value": user}])
    for member in ({"$ref": f"http://x/Users/{user}"}, {"type": "User", "$REF": "x"}, {"display": "neo"}):
        outcome = WAYS[way](subject, "members", [member])
        assert (outcome.status, outcome.scim_type) == (400, "invalidValue"), member
        if way != "POST":
            assert [found["value"] for found in subject.read()["members"]] == [user]


# --- false values -----------------------------------------------------------------------------------------


def test_user_is_deactivated_with_a_filter_in_the_path(neo):
    assert neo.patch("replace", "active[value eq true]", False).document["active"] is False
    assert neo.patch("replace", "active[value eq true]", False).scim_type == "noTarget"


def test_false_and_lists_of_a_custom_type_can_be_changed_with_a_filter(locker):
    locker.make(locked=True, colours=["red", "blue"])
    assert locker.patch("replace", "locked[value eq true]", False).document["locked"] is False
    assert locker.patch("replace", 'colours[value eq "red"]', "green").document["colours"] == ["green", "blue"]


# --- add ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["emails", "title", "name", ENTERPRISE, "emails.value"])
def test_adding_null_removes_nothing(neo, path):
    neo.patch("add", ENTERPRISE, {"department": "Crew"})
    before = neo.read()
    assert neo.patch("add", path, None).status == 200
    assert neo.read() == before
    if "." not in path.rpartition(":")[2]:
        assert neo.patch_without_path("add", path, None).status == 200
        assert neo.read() == before


# --- a single complex value and a filter ---------------------------------------------------------------------


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f'{MANAGER}[value eq "other"].value', "m2"),
        (f'{MANAGER}[value eq "other"]', {"value": "m2"}),
        ('name[givenName eq "Neo"].familyName', "Reeves"),
        ('name[givenName eq "Neo"]', {"familyName": "Reeves"}),
    ],
)
def test_filter_that_does_not_match_the_single_value_changes_nothing(neo, op, path, value):
    neo.patch("add", MANAGER, {"value": "m1", "displayName": "Morpheus"})
    before = neo.read()
    assert neo.patch(op, path, value).scim_type == "noTarget"
    assert neo.read() == before


def test_filter_that_matches_single_value_works_like_no_filter(neo):
    for path in (f'{MANAGER}[value eq "m1"]', MANAGER):
        neo.patch("replace", MANAGER, {"value": "m1", "displayName": "Morpheus"})
        assert neo.patch("replace", f"{path}.value", "m2").document[ENTERPRISE]["manager"] == {"value": "m2"}
        for op, value in (("replace", ""), ("replace", None), ("add", ""), ("remove", None)):
            neo.patch("replace", MANAGER, {"value": "m1", "displayName": "Morpheus"})
            assert neo.patch(op, f"{path}.value", value).status == 200
            assert ENTERPRISE not in neo.read(), (path, op, value)


# --- remove with a value -------------------------------------------------------------------------------------


def test_removing_a_sub_attribute_with_a_value_removes_only_that_value(neo):
    assert neo.patch("remove", "emails.value", "b@example.com").document["emails"] == [WORK]
    neo.patch("replace", "emails", [WORK, HOME])
    assert neo.patch("remove", "emails.type", "home").document["emails"] == [WORK, {"value": "b@example.com"}]


@pytest.mark.parametrize("path", ["title", "emails.value", "name.givenName", 'emails[type eq "work"]'])
def test_value_next_to_remove_requires_its_tolerance(neo, path):
    strict()
    before = neo.read()
    assert neo.operate({"op": "remove", "path": path, "value": "x"}).scim_type == "invalidValue"
    assert neo.read() == before


@pytest.mark.parametrize("path", ["emails[value pr]", 'emails[type eq "work" or type eq "home"]'])
def test_value_must_contain_every_selected_element(neo, path):
    assert neo.patch("remove", path, [WORK]).scim_type == "invalidValue"
    assert neo.read()["emails"] == [WORK, HOME]
    assert neo.patch("remove", path, [WORK, HOME]).status == 200
    assert "emails" not in neo.read()


# --- empty values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", [{"value": [""]}, [{"value": [" "]}], {"value": [{"value": ""}]}])
def test_manager_with_empty_array_is_removed(neo, way, value):
    assert WAYS[way](neo, MANAGER, value).status in {200, 201}
    assert ENTERPRISE not in neo.read()


@pytest.mark.parametrize("value", ["", [{}], [{"value": ""}], {"value": " "}, {"type": "work"}, {"type": "home"}])
@pytest.mark.parametrize("op", ["add", "replace"])
def test_blank_element_next_to_a_filter_keeps_the_element(neo, op, value):
    assert neo.patch(op, 'emails[type eq "work"]', value).status == 200
    assert sorted(email["value"] for email in neo.read()["emails"]) == ["a@example.com", "b@example.com"]
    strict()
    assert neo.patch(op, 'emails[type eq "work"]', "").scim_type == "invalidValue"


@pytest.mark.parametrize("value", [None, []])
def test_empty_value_next_to_a_filter_removes_only_with_replace(neo, value):
    assert neo.patch("add", 'emails[type eq "work"]', value).document["emails"] == [WORK, HOME]
    assert neo.patch("replace", 'emails[type eq "work"]', value).document["emails"] == [HOME]


def test_put_clears_attributes_sent_with_a_blank_element(neo):
    neo.patch("add", "phoneNumbers", [{"value": "1"}])
    for empty in ([], None, "[]"):
        neo.patch("replace", "phoneNumbers", [{"value": "1"}])
        answer = neo.client.put(neo.address, {**neo.required, "phoneNumbers": empty, "emails": [{}]})
        assert "phoneNumbers" not in answer.document
        assert answer.document["emails"] == [WORK, HOME]


@pytest.mark.parametrize("way", CHANGES)
@pytest.mark.parametrize("path", ["addresses", "emails", "phoneNumbers"])
def test_empty_string_instead_of_an_array_is_accepted(neo, way, path):
    for value in ("", [""]):
        assert CHANGES[way](neo, path, value).status == 200


def test_empty_strings_are_exempt_from_uniqueness(organization, base):
    attributes = [{"name": "number", "type": "string", "uniqueness": "server"}]
    schema = register_schema(organization, definition={"id": BADGE, "attributes": attributes}, actor=COMMAND)
    extend_resource_type(organization, resource_type="User", schema=schema, actor=COMMAND)
    subject = subject_of(Organization.objects.get(), "/Users", base)
    for name in ("neo", "trinity"):
        assert subject.client.post("/Users", {"userName": name, BADGE: {"number": ""}}).status_code == 201


# --- JSON in a string and arrays with one element -------------------------------------------------------------


@pytest.mark.parametrize("way", CHANGES)
def test_extension_can_be_json_in_a_string(neo, way):
    assert CHANGES[way](neo, ENTERPRISE, '{"department": "Crew"}').status == 200
    assert neo.read()[ENTERPRISE] == {"department": "Crew"}


def test_json_string_in_an_array_with_one_element_is_accepted(neo):
    assert neo.patch("replace", 'emails[type eq "work"]', ['{"value":"q@example.com"}']).status == 200
    assert {"type": "work", "value": "q@example.com"} in neo.read()["emails"]
    assert read(neo.patch("replace", MANAGER, ['{"value":"m1"}']).document, MANAGER) == {"value": "m1"}
    assert neo.patch("replace", "name", ['{"givenName":"Neo"}']).document["name"]["givenName"] == "Neo"


def test_null_in_an_array_with_one_element_removes(neo):
    assert "givenName" not in neo.patch("replace", "name", [{"givenName": None}]).document["name"]


def test_dotted_keys_of_an_extension_require_their_tolerance(neo):
    value = {"manager.value": "m1"}
    assert neo.patch("replace", ENTERPRISE, value).document[ENTERPRISE]["manager"] == {"value": "m1"}
    strict()
    assert neo.patch("replace", ENTERPRISE, value).scim_type == "invalidValue"
    assert neo.patch("replace", 'emails[type eq "work"]', [{"value": "q"}]).scim_type == "invalidValue"


# --- the life of a user ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["PUT", "PATCH"])
def test_repeated_deletion_under_a_taken_name_changes_nothing(neo, way):
    user = User.objects.get()
    tombstone = f"{'f' * 32}{user.user_name}"
    neo.client.post("/Users", {"userName": tombstone})
    seen = []
    change = {"userName": tombstone, "active": False}
    for _ in range(3):
        if way == "PUT":
            answer = neo.client.put(neo.address, {"title": "One", **change})
        else:
            answer = neo.client.patch(neo.address, {"op": "replace", "value": change})
        assert answer.status_code == 200, answer.document
        seen.append((answer.document["userName"], answer.document["meta"]["version"], AuditEvent.objects.count()))
    assert seen[0][0] != tombstone
    assert len(set(seen)) == 1


# --- work ----------------------------------------------------------------------------------------------------------


def test_names_with_unclosed_strings_are_split_in_linear_time():
    """Searching for the end of each quote would take a day."""
    text = "[" + '"\\' * 2_000_000
    assert split_names(text) == [text]
