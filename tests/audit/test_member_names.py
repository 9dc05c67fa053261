"""An event that changes members names them: by their current name, else by the last one, and not after an erasure."""

import pytest

from audit.models import AuditEvent
from audit.personal import attach
from audit.sentences import Sentences
from controlhub.actions import erasure
from tests.factories import COMMAND


@pytest.fixture
def added(organization, scim):
    """The IDs of two users and a group that were added to a group, and the event."""
    ids = [
        scim.post("/Users", {"userName": name, "displayName": name.title()}).document["id"] for name in ("ada", "bob")
    ]
    ids.append(scim.post("/Groups", {"displayName": "Inner crew"}).document["id"])
    scim.post("/Groups", {"displayName": "Crew", "members": [{"value": pk} for pk in ids]})
    return ids


def sentence(organization):
    event = AuditEvent.objects.in_organization(organization).filter(action="group.members_changed").earliest("id")
    return Sentences(organization, attach([event])).each()[0].text


def test_existing_members_are_named(organization, added):
    for name in ("Ada", "Bob", "Inner crew"):
        assert name in sentence(organization)


def test_deleted_members_keep_their_last_name(organization, scim, added):
    scim.delete(f"/Users/{added[0]}")
    scim.delete(f"/Groups/{added[2]}")
    assert ["ada" in sentence(organization), "Inner crew" in sentence(organization)] == [True, True]


def test_erased_member_has_no_name(organization, scim, added):
    scim.delete(f"/Users/{added[0]}")
    erasure.erase_person(organization, added[0], actor=COMMAND)
    text = sentence(organization)
    assert ("ada" in text.lower(), "Erased" in text, "Bob" in text) == (False, True, True)


def test_names_of_another_organization_are_not_read(organization, other_organization, added):
    assert "Ada" not in sentence_of(other_organization, organization)


def sentence_of(reader, owner):
    events = attach(AuditEvent.objects.in_organization(owner).filter(action="group.members_changed"))
    return Sentences(reader, events).each()[0].text
