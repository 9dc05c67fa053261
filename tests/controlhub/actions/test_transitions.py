"""Every transition in a user's life from every surface: the same state, the same revocations, exactly one event."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from audit.models import AuditEvent
from controlhub.actions.users import deactivate_user, delete_user
from controlhub.models import AccessToken, Session, Status, User
from tests import factories
from tests.bulk import press_many
from tests.conftest import ScimClient

NAME = "bjensen@example.com"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


class Stage:
    """Barbara with two tokens and two sessions, Alice's browser and the directory's client."""

    def __init__(self, organization):
        self.organization = organization
        account, _ = factories.make_admin(organization, "alice@example.com")
        self.browser = factories.browser(account)
        own, _ = factories.make_admin(organization, NAME)
        self.user = own.user
        for _ in range(2):
            factories.make_token(organization, user=self.user)
            factories.browser(own)
        _, secret = factories.make_token(organization)
        self.scim = ScimClient(organization, secret)
        self.path = f"/Users/{self.user.pk}"

    @property
    def now(self):
        return User.objects.select_related("organization").get(pk=self.user.pk)

    @property
    def tombstone(self):
        return f"{self.user.pk.hex}{NAME}"

    def patch(self, **values):
        assert self.scim.patch(self.path, {"op": "replace", "value": values}).status_code == 200

    def put(self, **values):
        assert self.scim.put(self.path, {"userName": self.now.user_name, **values}).status_code == 200

    def bulk(self, **values):
        operation = {
            "method": "PATCH",
            "path": self.path,
            "data": factories.patch_body({"op": "replace", "value": values}),
        }
        answer = self.scim.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})
        assert answer.document["Operations"][0]["status"] == "200"

    def press(self, page, **fields):
        assert self.browser.post(f"/users/{self.user.pk}/{page}/", fields).status_code == 302

    def press_many(self, page, **fields):
        assert press_many(self.browser, page, [self.user.pk], **fields).status_code == 302


@pytest.fixture
def stage(organization):
    return Stage(organization)


DEACTIVATE = {
    "SCIM PATCH": lambda stage: stage.patch(active=False),
    "SCIM PUT": lambda stage: stage.put(active=False),
    "SCIM Bulk": lambda stage: stage.bulk(active=False),
    "portal": lambda stage: stage.press("deactivate"),
    "portal, several": lambda stage: stage.press_many("/users/deactivate/"),
}
DELETE = {
    "SCIM PATCH": lambda stage: stage.patch(active=False, userName=stage.tombstone),
    "SCIM PUT": lambda stage: stage.put(active=False, userName=stage.tombstone),
    "SCIM Bulk": lambda stage: stage.bulk(active=False, userName=stage.tombstone),
    "portal": lambda stage: stage.press("delete"),
}
RECOVER = {
    "SCIM PATCH": lambda stage: stage.patch(active=True),
    "SCIM PUT": lambda stage: stage.put(active=True),
    "SCIM Bulk": lambda stage: stage.bulk(active=True),
    "portal": lambda stage: stage.press("reactivate"),
    "portal, several": lambda stage: stage.press_many("/users/deleted/restore/"),
}
PURGE = {
    "SCIM DELETE": lambda stage: stage.scim.delete(stage.path),
    "portal": lambda stage: stage.press("purge", confirm=NAME),
    "portal, several": lambda stage: stage.press_many("/users/deleted/purge/", confirm="delete 1"),
}


def events_since(count):
    """The events about users, without those of the job that caused them."""
    found = [event.action for event in AuditEvent.objects.order_by("created_at", "id")[count:]]
    return [action for action in found if not action.startswith("job.")]


def revoked():
    return AuditEvent.objects.exclude(revoked=None).get().details["revoked"]


@pytest.mark.parametrize("surface", DEACTIVATE)
def test_deactivation_has_the_same_effect_from_every_surface(stage, surface):
    before = AuditEvent.objects.count()
    DEACTIVATE[surface](stage)
    assert (stage.now.status, stage.now.user_name) == (Status.INACTIVE, NAME)
    assert stage.now.deactivated_at is not None
    assert stage.now.deactivated_by == ("Entra ID" if "SCIM" in surface else "alice@example.com")
    assert events_since(before) == ["user.deactivated"]
    assert revoked() == {"tokens": 2, "sessions": 2, "invitations": 0}
    assert not AccessToken.objects.filter(user=stage.user, revoked_at=None).exists()
    assert not Session.objects.filter(account__user=stage.user).exists()


@pytest.mark.parametrize("surface", DELETE)
@pytest.mark.parametrize("is_inactive", [False, True])
def test_deletion_has_the_same_effect_from_every_surface(stage, surface, is_inactive):
    if is_inactive:
        deactivate_user(stage.user, actor=factories.COMMAND)
    before = AuditEvent.objects.count()
    DELETE[surface](stage)
    assert (stage.now.status, stage.now.user_name) == (Status.DELETED, stage.tombstone)
    assert stage.now.shown_user_name == NAME
    assert events_since(before) == ["user.deleted"]
    assert not AccessToken.objects.filter(user=stage.user, revoked_at=None).exists()
    assert not Session.objects.filter(account__user=stage.user).exists()


@pytest.mark.parametrize("surface", RECOVER)
@pytest.mark.parametrize("act", [deactivate_user, delete_user])
def test_recovery_has_the_same_effect_from_every_surface(stage, surface, act):
    act(stage.user, actor=factories.COMMAND)
    before = AuditEvent.objects.count()
    RECOVER[surface](stage)
    assert (stage.now.status, stage.now.user_name) == (Status.ACTIVE, NAME)
    assert (stage.now.deactivated_at, stage.now.deactivated_by) == (None, "")
    assert events_since(before) == ["user.reactivated" if act is deactivate_user else "user.restored"]
    assert not AccessToken.objects.filter(user=stage.user, revoked_at=None).exists(), "what was revoked stays revoked"


@pytest.mark.parametrize("surface", PURGE)
def test_purge_has_the_same_effect_from_every_surface(stage, surface):
    if "portal" in surface:
        delete_user(stage.user, actor=factories.COMMAND)
    before = AuditEvent.objects.count()
    PURGE[surface](stage)
    assert not User.objects.filter(pk=stage.user.pk).exists()
    assert events_since(before) == ["user.purged"]
    assert not AccessToken.objects.filter(user=stage.user.pk).exists()


def test_command_has_the_same_effect(stage, at):
    delete_user(stage.user, actor=factories.COMMAND)
    before = AuditEvent.objects.count()
    at(days=31)
    out = StringIO()
    call_command("purge_users", "--organization", str(stage.organization.pk), "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"purged": 1, "kept": 0, "waiting": 0}
    assert events_since(before) == ["user.purged"]


def refused(stage, page, **fields):
    return stage.browser.post(f"/users/{stage.user.pk}/{page}/", fields)


def test_impossible_transition_changes_nothing(stage):
    """Purging an Active user, taking another user's name, removing the last full administrator."""
    before, version = AuditEvent.objects.count(), stage.now.version
    assert "is Active" in refused(stage, "purge", confirm=NAME).content.decode()
    assert "is Active" in refused(stage, "extend", days=3).content.decode()
    assert (AuditEvent.objects.count(), stage.now.version) == (before, version)

    delete_user(stage.user, actor=factories.COMMAND)
    factories.make_user(stage.organization, NAME)
    before, version = AuditEvent.objects.count(), stage.now.version
    answer = stage.scim.patch(stage.path, {"op": "replace", "value": {"active": True}})
    assert (answer.status_code, answer.document["scimType"]) == (409, "uniqueness")
    assert "has been taken" in stage.browser.post(f"/users/{stage.user.pk}/reactivate/", follow=True).content.decode()
    assert (AuditEvent.objects.count(), stage.now.version) == (before, version)


def test_last_full_administrator_cannot_be_removed(organization, admin, scim, portal):
    path, before = f"/Users/{admin.user_id}", AuditEvent.objects.count()
    assert scim.patch(path, {"op": "replace", "value": {"active": False}}).status_code == 403
    assert scim.delete(path).status_code == 403
    assert portal.post(f"/users/{admin.user_id}/deactivate/").status_code == 409
    assert portal.post(f"/users/{admin.user_id}/delete/").status_code == 409
    assert portal.post(f"/users/{admin.user_id}/role/", {"role": "auditor"}).status_code == 409
    assert User.objects.get(pk=admin.user_id).active
    assert AuditEvent.objects.count() == before
