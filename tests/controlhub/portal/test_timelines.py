"""How the activity of a user shows values and changes, and which events are about groups."""

import pytest

from controlhub.actions.groups import add_members, create_group
from controlhub.portal.timelines import shown, timeline
from tests import factories
from tests.factories import COMMAND


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("Guide", "Guide"),
        (True, "true"),
        ({"value": "a@example.com", "type": "work", "primary": True}, "a@example.com (work, primary)"),
        ({"value": "a@example.com", "primary": False}, "a@example.com (primary: false)"),
        ({"type": "work", "locality": "Lisbon", "country": "PT"}, "Lisbon, PT (work)"),
        ({"formatted": "Main Street 1, Lisbon", "locality": "Lisbon"}, "Main Street 1, Lisbon"),
        ({"value": {"a": 1}}, '{"value": {"a": 1}}'),
        ([1, 2], "[1, 2]"),
    ],
)
def test_complex_values_are_shown_as_text(value, text):
    assert shown(value) == text


def changed(scim, user, **values):
    scim.patch(f"/Users/{user.pk}", {"op": "replace", "value": values})
    ((_day, entries),) = timeline(user).days
    return entries[0].changes


def test_change_of_a_hidden_part_is_shown_as_json(organization, scim):
    work = {"type": "work", "formatted": "Lisbon"}
    user = factories.make_user(organization, addresses=[{**work, "country": "PT"}])
    (change,) = changed(scim, user, addresses=[{**work, "country": "ES"}])
    assert ('"PT"' in change.old, '"ES"' in change.new) == (True, True)


def test_new_user_has_no_old_values_and_no_schemas(organization):
    ((_day, (entry,)),) = timeline(factories.make_user(organization, title="Guide")).days
    assert entry.only_adds
    assert "schemas" not in {change.attribute for change in entry.changes}


def test_memberships_are_a_separate_kind(organization):
    user = factories.make_user(organization)
    group = create_group(organization, document={"displayName": "Crew"}, actor=COMMAND)
    add_members(group, ids=[user.pk], actor=COMMAND)
    ((_day, entries),) = timeline(user, kind="groups").days
    assert [entry.event.action for entry in entries] == ["group.members_changed"]
