"""People added by hand: Not verified until they accept an invitation, which works once and expires after a week."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.invitations import accept_invitation, find_invitation, sweep_invitations
from controlhub.actions.outbox import send_due_mail
from controlhub.actions.users import deactivate_user, purge_user
from controlhub.models import Account, Cause, Invitation, OutgoingMail, Role, Status, User
from tests import factories

FORM = {"address": "trinity@example.com", "given_name": "Trinity", "family_name": "Moss", "title": "Pilot", "role": ""}
PASSWORD = "follow the white rabbit"


def link():
    send_due_mail()
    return re.search(r"(/invitations/chub_[\w-]+/)", mail.outbox[-1].body)[1]


def added(portal, **fields):
    assert portal.post("/users/add/", {**FORM, **fields}).status_code == 302
    return User.objects.get(user_name_key="trinity@example.com")


def test_person_is_added_invited_and_verified(organization, portal):
    user = added(portal)
    assert (user.status, user.source, user.display_name) == (Status.NOT_VERIFIED, "portal", "Trinity Moss")
    page = portal.get(f"/users/{user.pk}/").content.decode()
    assert "has not accepted the invitation yet" in page
    assert "Trinity Moss" in portal.get("/users/?status=not_verified").content.decode()
    assert "Trinity Moss" not in portal.get("/users/?status=active").content.decode()
    stranger, path = Client(), link()
    assert mail.outbox[-1].to == ["trinity@example.com"]
    assert "Confirm" in stranger.get(path).content.decode()
    assert User.objects.get(pk=user.pk).status == Status.NOT_VERIFIED, "looking accepts nothing"
    assert "Email address confirmed" in stranger.post(path).content.decode()
    assert User.objects.get(pk=user.pk).status == Status.ACTIVE
    assert (stranger.post(path).status_code, stranger.get(path).status_code) == (404, 404)
    told = [event.action for event in AuditEvent.objects.about(user.pk).order_by("created_at", "id")]
    assert told == ["user.created", "user.invited", "user.verified"]


def test_administrator_chooses_a_password(organization, portal):
    user = added(portal, role="help_desk")
    account = Account.objects.get(user=user)
    assert (account.role, account.has_usable_password()) == ("help_desk", False)
    invited, path = Client(), link()
    for easy in ({}, {"password": "short"}, {"password": "password1234"}):
        assert invited.post(path, easy).status_code == 422
    assert invited.get("/users/").status_code == 302
    assert invited.post(path, {"password": PASSWORD})["Location"] == "/"
    assert invited.get("/users/").status_code == 200
    again = Client()
    again.post("/sign-in/", {"login": "trinity@example.com", "password": PASSWORD})
    assert again.get("/users/").status_code == 200


def test_invitation_expires_after_a_week(organization, portal):
    added(portal)
    path = link()
    Invitation.objects.update(expires_at=Now())
    assert Client().get(path).status_code == Client().post(path).status_code == 404
    assert sweep_invitations() == 1
    assert (
        "The invitation has expired" in portal.get(f"/users/{User.objects.get(source='portal').pk}/").content.decode()
    )


def test_new_invitation_invalidates_the_old_link(organization, portal):
    user = added(portal)
    first = link()
    portal.post(f"/users/{user.pk}/invite/")
    second = link()
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)


@pytest.mark.parametrize("end", ["deactivate", "purge"])
def test_invitation_ends_with_the_users_access(organization, portal, end):
    user = added(portal)
    path = link()
    if end == "deactivate":
        deactivate_user(user, actor=factories.COMMAND)
    else:
        purge_user(user, cause=Cause.ADMIN, actor=factories.COMMAND)
    assert Client().post(path).status_code == 404
    assert not Invitation.objects.exists()
    assert AuditEvent.objects.latest("created_at").details["revoked"]["invitations"] == 1


@pytest.mark.parametrize("reason", ["verified", "inactive"])
def test_user_who_cannot_accept_is_not_invited(organization, portal, reason):
    user = added(portal)
    if reason == "verified":
        Client().post(link())
    else:
        deactivate_user(user, actor=factories.COMMAND)
    before = OutgoingMail.objects.count()
    answer = portal.post(f"/users/{user.pk}/invite/", follow=True)
    assert "cannot be invited" in answer.content.decode()
    assert not Invitation.objects.exists()
    assert OutgoingMail.objects.count() == before
    assert AuditEvent.objects.filter(action="user.invited").count() == 1


@pytest.mark.parametrize(
    ("emails", "problem"), [([], "no email address"), ([{"value": "malformed@"}], "malformed@ is not a valid")]
)
def test_user_without_a_valid_address_is_not_invited(organization, portal, scim, emails, problem):
    user = added(portal)
    scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "emails", "value": emails})
    answer = portal.post(f"/users/{user.pk}/invite/", follow=True)
    assert problem in answer.content.decode()
    assert AuditEvent.objects.filter(action="user.invited").count() == 1


def test_administrator_is_not_verified_without_a_password(organization, portal):
    """The page asks for one, but a role may be given between opening and submitting it."""
    user = added(portal, role="help_desk")
    secret = link().split("/")[2]
    with pytest.raises(ValidationError, match="Choose a password"):
        accept_invitation(secret, password=None, visitor=factories.COMMAND)
    assert User.objects.get(pk=user.pk).status == Status.NOT_VERIFIED
    assert find_invitation(secret).user == user, "the link still works"


def test_number_of_guesses_is_limited(organization, portal, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "invitation": "2/15m/ip"}
    assert [Client().get("/invitations/guess/").status_code for _ in range(3)] == [404, 404, 429]


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"address": "nonsense"}, 422), ({"address": "neo@example.com"}, 409), ({"role": "emperor"}, 422)],
)
def test_invalid_or_taken_values_cannot_be_added(organization, admin, portal, fields, status):
    assert portal.post("/users/add/", {**FORM, **fields}).status_code == status
    assert not Invitation.objects.exists()
    assert User.objects.count() == 1


def test_role_above_ones_own_cannot_be_given_to_an_invited_user(organization, admin):
    giver, _ = factories.make_admin(organization, "morpheus@example.com", Role.USER_ADMIN)
    client = factories.browser(giver)
    assert client.post("/users/add/", {**FORM, "role": "full_admin"}).status_code == 422
    assert client.post("/users/add/", {**FORM, "role": "auditor"}).status_code == 302


def test_retention_period_does_not_apply_to_unverified_users(organization, portal, at):
    from controlhub.actions.purges import purge_due_users

    added(portal)
    at(days=400)
    assert purge_due_users().purged == 0


def test_only_expired_invitations_are_swept(organization, portal):
    added(portal)
    assert sweep_invitations() == 0
    Invitation.objects.update(expires_at=Now() - timedelta(days=1))
    assert sweep_invitations() == 1


def test_log_does_not_contain_the_secret_of_a_link(organization, portal):
    import logging

    from controlhub.middleware.log_lines import RequestIdFilter

    record = logging.LogRecord("x", 1, "", 1, "%s: %s", ("Bad Request", "/invitations/chub_secret/"), None)
    RequestIdFilter().filter(record)
    assert record.getMessage() == "Bad Request: /invitations/…/"
