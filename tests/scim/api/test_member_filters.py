"""Members and elements selected by a filter: several IDs, their type, and a value in addition to the filter."""

import pytest

from tests import factories
from tests.scim.writes import EACH_BASE, ENDPOINTS, sample, subject_of


@pytest.fixture(params=EACH_BASE)
def base(request):
    return request.param


@pytest.fixture
def crew(organization, base):
    """A group of three users and a group."""
    subject = subject_of(organization, "/Groups", base)
    subject.ids = [str(factories.make_user(organization, name).pk) for name in ("neo", "trinity", "dozer")]
    subject.child = subject.client.post("/Groups", {"displayName": "Pilots"}).document["id"]
    subject.make(members=[{"value": pk} for pk in (*subject.ids, subject.child)])
    return subject


def members_of(subject):
    return {member["value"] for member in subject.read().get("members", [])}


NAMED = {
    "one": ('value eq "{0}"', {0}),
    "in capitals": ('VALUE EQ "{0}"', {0}),
    "or": ('value eq "{0}" or value eq "{2}"', {0, 2}),
    "or of a user and a group": ('value eq "{0}" or value eq "{3}"', {0, 3}),
    "or of what is there and what is not": ('value eq "{0}" or value eq "00000000-0000-4000-8000-000000000000"', {0}),
    "or of three in parentheses": ('(value eq "{0}" or value eq "{1}") or value eq "{2}"', {0, 1, 2}),
    "and its type": ('value eq "{0}" and type eq "User"', {0}),
    "its type first": ('type eq "User" and value eq "{0}"', {0}),
    "type in another case": ('value eq "{0}" and type eq "user"', {0}),
    "and another type": ('value eq "{0}" and type eq "Group"', set()),
    "an unknown type": ('value eq "{0}" and type eq "Device"', set()),
    "two types": ('value eq "{0}" and type eq "User" and type eq "Group"', set()),
    "a group by its type": ('value eq "{3}" and type eq "Group"', {3}),
    "several of one type": ('(value eq "{0}" or value eq "{3}") and type eq "User"', {0}),
    "several with their types": (
        '(value eq "{0}" and type eq "User") or (value eq "{3}" and type eq "Group") or (value eq "{1}")',
        {0, 1, 3},
    ),
    "nobody's id": ('value eq "00000000-0000-4000-8000-000000000000"', set()),
    "no id at all": ('value eq "neo"', set()),
}


@pytest.mark.parametrize(("text", "gone"), NAMED.values(), ids=NAMED)
def test_selected_members_are_removed(crew, text, gone):
    everybody = [*crew.ids, crew.child]
    outcome = crew.operate({"op": "remove", "path": f"members[{text.format(*everybody)}]"})
    assert outcome.status == 200
    assert members_of(crew) == {pk for index, pk in enumerate(everybody) if index not in gone}


@pytest.mark.parametrize(("text", "gone"), NAMED.values(), ids=NAMED)
def test_selected_members_are_replaced(crew, organization, text, gone):
    everybody = [*crew.ids, crew.child]
    tank = str(factories.make_user(organization, "tank").pk)
    outcome = crew.patch("replace", f"members[{text.format(*everybody)}]", [{"value": tank}])
    kept = {pk for index, pk in enumerate(everybody) if index not in gone}
    assert outcome.scim_type == (None if gone else "noTarget")
    assert members_of(crew) == (kept | {tank} if gone else kept)


NOT_ANSWERED = {
    "type alone": 'type eq "User"',
    "not": 'not (value eq "{0}")',
    "another operator": 'value ne "{0}"',
    "starts with": 'value sw "{0}"',
    "presence": "value pr",
    "null": "value eq null",
    "the name": 'display eq "neo"',
    "two ids by and": 'value eq "{0}" and value eq "{1}"',
    "and the name": 'value eq "{0}" and display eq "neo"',
    "and another operator on type": 'value eq "{0}" and type ne "Group"',
    "or type": 'value eq "{0}" or type eq "User"',
}


@pytest.mark.parametrize("text", NOT_ANSWERED.values(), ids=NOT_ANSWERED)
@pytest.mark.parametrize("op", ["remove", "replace"])
def test_other_filters_are_refused(crew, op, text):
    path = f"members[{text.format(*crew.ids)}]"
    operation = {"op": op, "path": path} | ({"value": [{"value": crew.ids[0]}]} if op == "replace" else {})
    assert crew.operate(operation).scim_type == "invalidFilter"
    assert members_of(crew) == {*crew.ids, crew.child}


EMPTY = ("", " ", [], {}, None, [{}], [""], {"value": ""}, [{"value": None}], "{}", '[{"value": ""}]', ["{}"])


@pytest.mark.parametrize("value", EMPTY, ids=repr)
def test_empty_value_next_to_a_filter_is_ignored(crew, value):
    assert crew.patch("remove", f'members[value eq "{crew.ids[0]}"]', value).status == 200
    assert members_of(crew) == {*crew.ids[1:], crew.child}


def test_value_with_the_selected_member_is_accepted(crew):
    first, second, third = crew.ids
    for pk, value in ((first, [{"value": first}]), (second, {"value": second.upper()}), (third, third)):
        assert crew.patch("remove", f'members[value eq "{pk}"]', value).status == 200
    assert members_of(crew) == {crew.child}


def test_value_must_contain_all_selected_members(crew):
    first, second, _ = crew.ids
    path = f'members[value eq "{first}" or value eq "{second}"]'
    assert crew.patch("remove", path, [{"value": second}]).scim_type == "invalidValue"
    assert members_of(crew) == {*crew.ids, crew.child}
    assert crew.patch("remove", path, [{"value": second}, {"value": first}]).status == 200
    assert members_of(crew) == {crew.ids[2], crew.child}


def test_value_with_another_member_is_refused(crew):
    first, second, _ = crew.ids
    for value in ([{"value": second}], second, "nobody", [{"value": first}, {"value": second}]):
        assert crew.patch("remove", f'members[value eq "{first}"]', value).scim_type == "invalidValue"
    assert members_of(crew) == {*crew.ids, crew.child}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_elements_of_every_attribute_are_removed_the_same_way(organization, base, endpoint):
    subject = subject_of(organization, endpoint, base)
    subject.make()
    tried = 0
    for target in subject.targets(multi_valued=True, is_complex=True):
        attribute, path = target.attribute, str(target)
        value = attribute.sub("value")
        if attribute.name == "members" or value is None or value.type.value != "string":
            continue
        one, other = sample(attribute, "one"), sample(attribute, "other")
        chosen = f'{path}[value eq "{one["value"]}"]'
        for empty in EMPTY:
            assert subject.patch("replace", path, [one, other]).status == 200, path
            assert subject.patch("remove", chosen, empty).status == 200, (path, empty)
            assert values_at(subject, target) == [other], (path, empty)
        for same in ([one], one, [{"value": one["value"]}]):
            subject.patch("replace", path, [one, other])
            assert subject.patch("remove", chosen, same).status == 200, (path, same)
            assert values_at(subject, target) == [other], (path, same)
        for another in ([other], other, [one, other], [{"value": other["value"]}]):
            subject.patch("replace", path, [one, other])
            assert subject.patch("remove", chosen, another).scim_type == "invalidValue", (path, another)
            assert values_at(subject, target) == [one, other], (path, another)
        tried += 1
    assert tried


def values_at(subject, target):
    return target.read(subject.read())


def test_value_of_a_sub_attribute_next_to_a_filter_must_match(organization, base):
    subject = subject_of(organization, "/Users", base)
    work = {"type": "work", "value": "a@example.com", "display": "A"}
    path = 'emails[type eq "work"].display'
    for value, status in (("", 200), ("A", 200), ("B", 400)):
        subject.make(emails=[work])
        assert subject.patch("remove", path, value).status == status
        assert ("display" in subject.read()["emails"][0]) is (status == 400)


def test_repeated_removal_changes_nothing(organization, base):
    subject = subject_of(organization, "/Users", base)
    subject.make(emails=[{"type": "home", "value": "b@example.com"}])
    gone = [{"value": "a@example.com"}]
    assert subject.patch("remove", 'emails[type eq "work"]', gone).status == 200
    assert subject.patch("remove", 'emails[value eq "c@example.com"]', gone).scim_type == "invalidValue"
