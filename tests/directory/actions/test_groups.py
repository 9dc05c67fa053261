"""Groups of the directory and their members."""

import pytest

from audit.models import AuditEvent
from controlhub.errors import (
    CircularGroupError,
    GroupGoneError,
    InvalidNameError,
    InvalidSettingError,
    NameTakenError,
    UnknownMemberError,
)
from controlhub.models.ids import new_id
from directory.actions.groups import create_group, delete_group, update_group
from directory.actions.members import add_members, remove_members
from directory.actions.people import delete_person, purge_person, restore_person
from directory.models import Group, Membership
from tests import factories
from tests.factories import COMMAND, make_directory_group, make_person

pytestmark = pytest.mark.django_db


def count(group):
    return Group.objects.get(pk=group.pk).member_count


def join(group, *members):
    return add_members(group, ids=[member.pk for member in members], actor=COMMAND)


def test_group_is_created_renamed_and_deleted(organization):
    group = create_group(organization, display_name="Research ", description="New things", actor=COMMAND)
    group = update_group(group, display_name="Ideas", description="", actor=COMMAND)
    assert (group.display_name, group.description, group.version) == ("Ideas", "", 2)
    update_group(group, display_name="Ideas", description="", actor=COMMAND)
    delete_group(group, actor=COMMAND)
    found = AuditEvent.objects.about(group.pk).order_by("created_at", "id").values_list("action", flat=True)
    assert list(found) == ["directory_group.created", "directory_group.updated", "directory_group.deleted"]
    with pytest.raises(GroupGoneError):
        update_group(group, display_name="Again", description="", actor=COMMAND)


@pytest.mark.parametrize(
    ("name", "description", "words"),
    [
        (" ", "", "is empty"),
        ("x" * 257, "", "longer than 256"),
        ("Ops", "x" * 1_025, "longer than 1024"),
        ("Ops", "\0", "cannot be stored"),
    ],
)
def test_rejects_unusable_names_and_descriptions(organization, name, description, words):
    with pytest.raises((InvalidNameError, InvalidSettingError), match=words):
        create_group(organization, display_name=name, description=description, actor=COMMAND)


def test_names_are_unique_ignoring_case(organization):
    make_directory_group(organization, "Research")
    with pytest.raises(NameTakenError, match="Another group of the directory has the name RESEARCH"):
        make_directory_group(organization, "RESEARCH")
    make_directory_group(factories.make_organization("Other"), "Research")


def test_people_and_groups_can_be_added_and_removed(organization):
    group, child, person = (
        make_directory_group(organization),
        make_directory_group(organization, "B"),
        make_person(organization),
    )
    assert join(group, person, child) == 2
    assert join(group, person, child) == 0
    assert count(group) == 2
    assert remove_members(group, ids=[person.pk, child.pk], actor=COMMAND) == 2
    assert remove_members(group, ids=[person.pk], actor=COMMAND) == 0
    assert count(group) == 0
    events = AuditEvent.objects.about(group.pk).filter(action="directory_group.members_changed")
    assert events.count() == 2


def test_unknown_members_are_named_and_no_member_is_added(organization):
    stranger = make_person(factories.make_organization("Other"))
    group, person, unknown = make_directory_group(organization), make_person(organization), new_id()
    deleted = delete_person(make_person(organization, "gone@example.com"), actor=COMMAND)
    for pk in (stranger.pk, unknown, deleted.pk):
        with pytest.raises(UnknownMemberError, match=str(pk)):
            add_members(group, ids=[person.pk, pk], actor=COMMAND)
    assert not Membership.objects.exists()


def test_group_cannot_be_a_member_of_itself(organization):
    one, two, three = (make_directory_group(organization, name) for name in "ABC")
    join(one, two)
    join(two, three)
    for group, member in ((one, one), (two, one), (three, one)):
        with pytest.raises(CircularGroupError, match="would be a member of itself"):
            join(group, member)


def test_deleted_group_is_removed_from_its_parents_and_keeps_its_members(organization):
    parent, group, person = (
        make_directory_group(organization, "A"),
        make_directory_group(organization, "B"),
        make_person(organization),
    )
    join(parent, group)
    join(group, person)
    delete_group(group, actor=COMMAND)
    assert count(parent) == 0
    person.refresh_from_db()


def test_deleted_person_is_not_counted_and_keeps_memberships_until_restored(organization):
    group, person = make_directory_group(organization), make_person(organization)
    join(group, person)
    delete_person(person, actor=COMMAND)
    assert count(group) == 0
    assert remove_members(group, ids=[person.pk], actor=COMMAND) == 0
    restore_person(person, actor=COMMAND)
    assert count(group) == 1
    assert Membership.objects.filter(group=group, person=person).exists()
    purge_person(delete_person(person, actor=COMMAND), actor=COMMAND)
    assert (count(group), Membership.objects.count()) == (0, 0)
