"""Pages of deleted users, permanent deletion and its receipts, the organization's rules, and jobs."""

import base64
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.actions.purges import purge_due_users
from controlhub.actions.users import delete_user
from controlhub.models import Organization, PurgedUser, PurgeRun, ScheduledJob, User
from controlhub.models.sessions import BEGAN
from controlhub.tasks import purge_users
from tests import factories, pages
from tests.bulk import press_many


@pytest.fixture
def gone(organization):
    users = [factories.make_user(organization, f"user{n}@example.com", displayName=f"User {n}") for n in range(3)]
    return [delete_user(user, actor=factories.COMMAND) for user in users]


def text(response):
    return " ".join(response.content.decode().split())


def test_list_shows_when_and_by_whom_users_were_deleted_and_the_purge_date(portal, organization, gone):
    page = text(portal.get("/users/deleted/"))
    assert "user0@<wbr>example.com" in page
    assert gone[0].pk.hex not in page, "a tombstone name is not what people know"
    assert "Command line" in page
    assert page.count("left</span>") == 3
    assert "User 1" not in text(portal.get("/users/deleted/?q=user0"))
    assert "No deleted users found" in text(portal.get("/users/deleted/?q=zzz"))


def test_list_without_deleted_users_is_empty(portal):
    assert "No deleted users" in text(portal.get("/users/deleted/"))


def test_several_users_are_restored_and_failures_explained(portal, organization, gone):
    factories.make_user(organization, "user0@example.com")
    ids = [*(user.pk for user in gone[:2]), "nonsense"]
    page = text(portal.get(press_many(portal, "/users/deleted/restore/", ids)["Location"]))
    assert "user0@example.com has been taken" in page
    assert [User.objects.get(pk=user.pk).active for user in gone] == [False, True, False]


def test_permanent_deletion_requires_typing_the_name(portal, gone):
    ids = [str(user.pk) for user in gone[:2]]
    page = text(portal.post("/users/deleted/purge/", {"ids": ids}))
    assert "Permanently delete 2 users?" in page
    assert press_many(portal, "/users/deleted/purge/", ids, confirm="delete 3").status_code == 422
    assert User.objects.filter(pk__in=ids).count() == 2
    press_many(portal, "/users/deleted/purge/", ids, confirm="Delete 2")
    assert User.objects.filter(pk__in=ids).count() == 0
    assert PurgedUser.objects.filter(cause="admin").count() == 2


def test_all_means_all_deleted_users_of_this_organization(portal, organization, other_organization, gone):
    factories.make_user(organization, "stays@example.com")
    delete_user(factories.make_user(other_organization, "smith@machine.example"), actor=factories.COMMAND)
    page = pages.read(portal.get("/users/deleted/")).form("/users/deleted/purge/")
    asked = pages.read(portal.post("/users/deleted/purge/", page.fields))
    assert "Permanently delete 3 users?" in asked.text
    portal.post("/users/deleted/purge/", {**asked.form("/users/deleted/purge/").fields, "confirm": "delete 3"})
    assert User.objects.count() == 3, "the administrator, who stays, and the other organization's"


def test_empty_selection_is_refused(portal, gone):
    assert "Select at least one" in text(portal.post("/users/deleted/purge/", follow=True))


@pytest.mark.parametrize("path", ["/users/deleted/purge/", "/users/{}/purge/"])
def test_irreversible_action_requires_the_password_again(portal, admin, gone, path):
    session = portal.session
    session[BEGAN] = time.time() - 16 * 60
    session.save()
    fields = {"ids": [str(gone[0].pk)], "confirm": "delete 1"}
    path = path.format(gone[0].pk)
    answer = portal.post(path, fields)
    assert answer["Location"] == f"/sign-in/again/?next={path}"
    assert User.objects.filter(pk=gone[0].pk).exists()
    assert portal.post("/sign-in/again/", {"password": "wrong"}).status_code == 401
    answer = portal.post("/sign-in/again/", {"password": admin.password_shown, "next": path})
    assert answer["Location"] == path
    press_many(portal, "/users/deleted/purge/", fields["ids"], confirm="delete 1")
    assert not User.objects.filter(pk=gone[0].pk).exists()


def test_hold_and_extension_have_buttons(portal, gone):
    path = f"/users/{gone[0].pk}"
    assert portal.post(f"{path}/hold/", {"reason": ""}).status_code == 422
    page = text(portal.post(f"{path}/hold/", {"reason": "Case 7"}, follow=True))
    assert "Legal hold: Case 7" in page
    assert "Permanently delete" not in page
    assert "Kept" in text(portal.get("/users/deleted/"))
    assert "Permanently delete" in text(portal.post(f"{path}/release/", follow=True))
    before = User.objects.select_related("organization").get(pk=gone[0].pk).purge_at
    assert portal.post(f"{path}/extend/", {"days": "0"}).status_code == 422
    portal.post(f"{path}/extend/", {"days": "7"})
    assert User.objects.select_related("organization").get(pk=gone[0].pk).purge_at == before + timedelta(days=7)


def test_staged_purge_is_announced_and_decided_on_its_page(admin, organization, gone, at):
    change_policies(organization, changes={"purge_floor": 2}, actor=factories.COMMAND)
    at(days=31)
    portal = factories.browser(admin)
    purge_due_users()
    assert "3 users are due for permanent deletion" in text(portal.get("/users/"))
    run = PurgeRun.objects.get()
    page = text(portal.get("/purges/"))
    assert "Waits for an administrator: 3 users" in page
    assert "user2@<wbr>example.com" in page
    assert "Deletion is on hold" in text(portal.post(f"/purges/{run.pk}/hold/", follow=True))
    assert "There are now 3 users to delete" in text(portal.post(f"/purges/{run.pk}/allow/", {"due": 2}, follow=True))
    portal.post(f"/purges/{run.pk}/allow/", {"due": 3})
    assert "already decided this" in text(portal.post(f"/purges/{run.pk}/allow/", follow=True))
    assert "due for permanent deletion" not in text(portal.get("/users/"))
    assert purge_due_users().purged == 3
    assert AuditEvent.objects.get(action="purge.allowed").actor_label == "neo@example.com"


def test_receipt_proves_permanent_deletion(admin, organization, gone, at, tmp_path, other_organization):
    at(days=31)
    portal = factories.browser(admin)
    purge_due_users()
    answer = portal.get(f"/purges/receipts/{gone[0].pk}/")
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{gone[0].pk}.jws"'
    assert answer["Content-Type"] == "application/jose"
    file = tmp_path / "receipt.jws"
    file.write_bytes(answer.content)
    call_command("verify_receipt", str(file))
    header, payload, signature = answer.content.decode().split(".")
    changed = base64.urlsafe_b64decode(payload + "==").replace(b"retention", b"attention")
    file.write_text(".".join([header, base64.urlsafe_b64encode(changed).decode().rstrip("="), signature]))
    with pytest.raises(CommandError, match="not valid"):
        call_command("verify_receipt", str(file))
    assert portal.get(f"/purges/receipts/{organization.pk}/").status_code == 404


def test_rules_of_the_organization_are_shown_and_changed(portal, organization):
    assert "Give a reason" in text(portal.post("/organization/hold/", follow=True))
    held = text(portal.post("/organization/hold/", {"reason": "Case 7"}, follow=True))
    assert "No user is permanently deleted while the legal hold lasts. Reason: Case 7" in held
    rules = {
        "retention_days": 90,
        "scim_delete": "soft",
        "purge_share": 10,
        "purge_floor": 5,
        "erase_after_days": 0,
        "audit_retention_days": 365,
        "purge_deactivated": "on",
    }
    assert portal.post("/organization/change/", rules).status_code == 302
    changed = Organization.objects.get(pk=organization.pk)
    assert (changed.retention_days, changed.scim_delete, changed.revive_on_create) == (90, "soft", False)
    assert changed.hold_reason == "Case 7", "the rules say nothing of the hold"
    assert "Place legal hold" in text(portal.post("/organization/release/", follow=True))
    event = AuditEvent.objects.filter(action="organization.updated").order_by("created_at")[1]
    assert {"attribute": "retention_days", "op": "changed", "old": 30, "new": 90} in event.changes
    for wrong in ({"retention_days": 0}, {"retention_days": 366}, {"purge_share": 101}, {"scim_delete": "maybe"}):
        assert portal.post("/organization/change/", rules | wrong).status_code == 422
    assert portal.get("/organization/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_jobs_page_shows_past_runs(admin, organization, gone, at, monkeypatch):
    assert "Not yet" in text(factories.browser(admin).get("/jobs/"))
    at(days=31)
    portal = factories.browser(admin)
    assert purge_users() == 3
    assert "3 deleted" in text(portal.get("/jobs/"))
    monkeypatch.setattr("controlhub.tasks.purge_due_users", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        purge_users()
    assert ScheduledJob.objects.get(name="purge_users").error == "ZeroDivisionError"
    assert "ZeroDivisionError" in text(portal.get("/jobs/"))
