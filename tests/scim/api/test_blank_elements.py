"""An element without a usable value never clears anything: members refuse it, other attributes ignore it by name."""

import pytest

from audit.models import AuditEvent
from controlhub.management.commands.change_policies import TOLERANCES
from controlhub.models import Organization
from tests import factories
from tests.scim.writes import CHANGES, EACH_BASE, ENDPOINTS, PARTS, WAYS, read, sample, some_of, subject_of

BLANK_MEMBERS = ([{}], [{"value": ""}], [{"value": None}], [{"value": " "}], {}, "", [""], [{"type": "User"}])
BLANK = (
    [{}],
    [{"value": ""}],
    [{"value": "", "type": "work"}],
    [{"value": None}],
    [{"value": " "}],
    [""],
    [{"type": "work"}],
)
ENTERPRISE = factories.ENTERPRISE


@pytest.fixture(params=EACH_BASE)
def base(request):
    return request.param


@pytest.fixture
def crew(organization, base):
    """A group of two members."""
    subject = subject_of(organization, "/Groups", base)
    neo, trinity = (str(factories.make_user(organization, name).pk) for name in ("neo", "trinity"))
    subject.make(members=[{"value": neo}, {"value": trinity}])
    subject.members = {neo, trinity}
    return subject


def members_of(subject):
    return {member["value"] for member in subject.read().get("members", [])}


@pytest.mark.parametrize("way", CHANGES)
def test_blank_member_is_refused_and_nothing_changes(crew, way):
    before = crew.read()
    for value in BLANK_MEMBERS:
        outcome = CHANGES[way](crew, "members", value)
        assert (outcome.status, outcome.scim_type) == (400, "invalidValue"), value
        assert crew.read() == before


def test_blank_member_next_to_a_valid_one_is_refused(crew):
    for way in CHANGES.values():
        assert way(crew, "members", [{"value": min(crew.members)}, {"value": ""}]).scim_type == "invalidValue"
        assert members_of(crew) == crew.members


def test_blank_member_is_refused_when_a_group_is_created(organization, base):
    subject = subject_of(organization, "/Groups", base)
    subject.make()
    for value in BLANK_MEMBERS:
        assert subject.post("members", value).scim_type == "invalidValue"
        assert subject.bulk("POST", {"displayName": "Crew", "members": value}).scim_type == "invalidValue"


@pytest.mark.parametrize("value", [[], None])
def test_only_an_empty_array_and_null_mean_no_members(crew, value):
    assert crew.patch("replace", "members", value).status == 200
    assert members_of(crew) == set()


@pytest.mark.parametrize("op", ["remove", "replace"])
@pytest.mark.parametrize("value", BLANK_MEMBERS)
def test_blank_value_without_filter_removes_nobody(crew, op, value):
    assert crew.patch(op, "members", value).scim_type == "invalidValue"
    assert members_of(crew) == crew.members


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("way", CHANGES)
@pytest.mark.parametrize("is_all", PARTS)
def test_blank_element_is_ignored_and_the_attribute_keeps_its_values(organization, base, endpoint, way, is_all):
    subject = subject_of(organization, endpoint, base)
    tried = 0
    for target in some_of(subject.targets(multi_valued=True), list(CHANGES).index(way), is_all=is_all):
        attribute, path = target.attribute, str(target)
        if attribute.name == "members":
            continue
        subject.make()
        good = sample(attribute)
        assert subject.patch("add", path, [good]).status == 200, path
        before = subject.read()
        for blank in blanks_of(attribute):
            assert CHANGES[way](subject, path, blank).status == 200, (path, blank)
            after = subject.read()
            assert read(after, path) == [good], (path, blank)
            assert after["meta"]["version"] == before["meta"]["version"], (path, blank)
            tried += 1
    assert tried or not is_all


@pytest.mark.parametrize("way", WAYS)
def test_user_with_a_blank_phone_number_is_accepted(organization, base, way):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    numbers = [{"value": "", "type": "work"}, {"value": "+47 22", "type": "mobile"}]
    assert WAYS[way](subject, "phoneNumbers", numbers).status in {200, 201}
    assert subject.read()["phoneNumbers"] == numbers[1:]
    assert "blank-element" in AuditEvent.objects.order_by("created_at").last().details["tolerated"]


@pytest.mark.parametrize("way", WAYS)
def test_blank_element_is_refused_if_not_tolerated(organization, base, way):
    Organization.objects.update(refused_tolerances=["blank-element"])
    subject = subject_of(organization, "/Users", base)
    subject.make()
    outcome = WAYS[way](subject, "emails", [{"type": "work", "value": ""}])
    assert (outcome.status, outcome.scim_type) == (400, "invalidValue")
    assert "blank-element" in TOLERANCES


def blanks_of(attribute):
    """Blank elements of an attribute. If the schema has no `value`, only an empty element is blank."""
    if not attribute.is_complex:
        return ([""], ["", " "], "") if attribute.type.value == "string" else ()
    if attribute.sub("value") is None:
        return [{}], [{sub.name: "" for sub in attribute.sub_attributes if sub.type.value == "string"}]
    text = attribute.sub("value").type.value in {"string", "reference"}
    typed = [blank for blank in BLANK if attribute.sub("type") or "type" not in str(blank)]
    return [blank for blank in typed if text or ("''" not in str(blank) and "' '" not in str(blank))]


EMPTY_MANAGERS = ({"value": ""}, {"value": None}, {"value": " ", "displayName": "Morpheus"}, "", [{"value": ""}])
MANAGER = f"{ENTERPRISE}:manager"


@pytest.mark.parametrize("path", [MANAGER, f"{ENTERPRISE}.manager"])
def test_empty_manager_removes_the_manager(organization, base, path):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    for value, where in [*((value, path) for value in EMPTY_MANAGERS), ("", f"{path}.value"), (None, f"{path}.value")]:
        for op in ("add", "replace"):
            assert subject.patch("replace", MANAGER, {"value": "1", "displayName": "Smith"}).status == 200
            assert subject.patch(op, where, value).status == 200, value
            assert_no_manager(subject)


@pytest.mark.parametrize("way", WAYS)
def test_empty_manager_removes_the_manager_with_any_method(organization, base, way):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    for value in EMPTY_MANAGERS:
        subject.patch("replace", MANAGER, {"value": "1"})
        assert WAYS[way](subject, MANAGER, value).status in {200, 201}
        assert_no_manager(subject)


def assert_no_manager(subject):
    """Neither the resource nor a filter shows a manager."""
    assert ENTERPRISE not in subject.read()
    assert ENTERPRISE not in subject.read()["schemas"]
    for text, found in ((f"{MANAGER} pr", 0), (f"{MANAGER}.value eq null", 1), (f"not ({MANAGER}.value pr)", 1)):
        answer = subject.client.call("GET", f"/Users?filter={text.replace(' ', '%20')}")
        assert answer.document["totalResults"] == found, text


def test_empty_value_of_a_custom_reference_removes_it(organization, base):
    subject = subject_of(organization, "/Lockers", base)
    subject.make()
    for path, value in (("owner", {"value": "", "note": "x"}), ("owner.value", ""), ("owner.value", None)):
        assert subject.patch("replace", "owner", {"value": "1", "note": "spare"}).status == 200
        assert subject.patch("replace", path, value).status == 200
        assert "owner" not in subject.read()


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize("value", ["", None, " ", [{"value": ""}]])
def test_element_is_removed_with_its_value(organization, base, op, value):
    subject = subject_of(organization, "/Users", base)
    subject.make(emails=[{"type": "work", "value": "a@example.com"}, {"type": "home", "value": "b@example.com"}])
    assert subject.patch(op, 'emails[type eq "work"].value', value).status == 200
    assert subject.read()["emails"] == [{"type": "home", "value": "b@example.com"}]
    assert subject.patch(op, 'emails[type eq "other"].value', value).status == 200
    assert subject.read()["emails"] == [{"type": "home", "value": "b@example.com"}]
