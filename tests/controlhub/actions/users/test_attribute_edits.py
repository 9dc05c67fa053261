"""Edits of an attribute that are refused although the form allowed them, because something changed in between."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.schemas import register_schema
from controlhub.actions.users import AttributeEdit, attribute_edits, change_attribute, delete_user
from controlhub.errors import InvalidSettingError, OwnedAttributeError, ValueTakenError
from controlhub.models import Connection, Organization, User, UserRemark
from scim.resources.catalogue import catalogue_of
from tests import factories

BADGE = "urn:example:2.0:Badge"


@pytest.fixture
def user(organization):
    return factories.make_user(organization, title="Guide")


def change(user, path, value, **more):
    schema = catalogue_of(Organization.objects.get(pk=user.organization_id)).by_endpoint["Users"].schema
    return change_attribute(user, AttributeEdit(path, value, **more), schema=schema, actor=factories.COMMAND)


def state_of(user):
    """The document and the number of events."""
    return User.objects.get(pk=user.pk).document, AuditEvent.objects.about(user.pk).count()


def test_owned_attribute_requires_a_reason_even_if_the_form_did_not_ask(scim):
    """The directory sent the value while the form was open."""
    owned = scim.post("/Users", {"userName": "owned@example.com", "title": "Guide"}).document["id"]
    Connection.objects.update(name="Directory of Zion")
    user = User.objects.get(pk=owned)
    before = state_of(user)
    with pytest.raises(OwnedAttributeError, match="Directory of Zion owns this attribute") as refused:
        change(user, "title", "Manager", reason="  ")
    assert refused.value.field == "reason"
    assert state_of(user) == before
    assert not UserRemark.objects.exists()


def test_attribute_of_a_deleted_user_is_not_changed(user):
    delete_user(user, actor=factories.COMMAND)
    before = state_of(user)
    with pytest.raises(InvalidSettingError, match="Restore the user"):
        change(user, "title", "Manager")
    assert state_of(user) == before


def test_reason_has_the_same_length_limit_as_that_of_a_hold(user):
    before = state_of(user)
    with pytest.raises(InvalidSettingError, match="at most 500 characters") as refused:
        change(user, "title", "Manager", reason="x" * 501)
    assert refused.value.field == "reason"
    assert state_of(user) == before
    change(user, "title", "Manager", reason="x" * 500)
    assert state_of(user)[0]["title"] == "Manager"


def test_value_that_makes_the_user_too_large_is_refused(user, monkeypatch):
    monkeypatch.setattr(attribute_edits, "MAX_DOCUMENT", 300)
    before = state_of(user)
    with pytest.raises(InvalidSettingError, match="Shorten a value"):
        change(user, "title", "x" * 300)
    assert state_of(user) == before
    monkeypatch.setattr(attribute_edits, "MAX_DOCUMENT", 10)
    change(user, "title", "Host")
    assert state_of(user)[0]["title"] == "Host", "a user who is too large already may become smaller"


def test_unique_value_is_claimed_and_a_taken_value_is_refused(organization, user):
    number = {"name": "number", "type": "string", "uniqueness": "server"}
    definition = {"id": BADGE, "name": "Badge", "attributes": [number]}
    register_schema(organization, definition=definition, extends="User", actor=factories.COMMAND)
    other = factories.make_user(organization, "other@example.com")
    change(user, f"{BADGE}:number", "7")
    before = state_of(other)
    with pytest.raises(ValueTakenError):
        change(other, f"{BADGE}:number", "7")
    assert state_of(other) == before
    change(user, f"{BADGE}:number", "8")
    change(other, f"{BADGE}:number", "7")
    assert state_of(other)[0][BADGE] == {"number": "7"}


def test_removal_of_a_missing_value_changes_nothing(user):
    before = state_of(user)
    version = User.objects.get(pk=user.pk).version
    change(user, "nickName", None)
    assert state_of(user) == before
    assert User.objects.get(pk=user.pk).version == version
