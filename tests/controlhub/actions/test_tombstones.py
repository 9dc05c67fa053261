"""Tombstone names belong to the deleted user and cannot be used against another user."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import deactivate_user, delete_user, hold_user, reactivate_user
from controlhub.models import Status, User
from tests import factories

VICTIM = "victim@example.com"
OBJECT_ID = "58342554-38d6-4ec8-948c-50044d0a33fd"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def now(user):
    return User.objects.select_related("organization").get(pk=user.pk)


# --- Displayed names ----------------------------------------------------------------------------

NAMES = {
    "own id": lambda user: f"{user.pk.hex}{VICTIM}",
    "own id in capitals": lambda user: f"{user.pk.hex.upper()}{VICTIM}",
    "own externalId": lambda user: f"{OBJECT_ID.replace('-', '')}{VICTIM}",
    "any prefix before the own name": lambda user: f"{'0f' * 16}{user.user_name}",
}
RENAMES = {
    "PATCH": lambda scim, path, name: scim.patch(path, {"op": "replace", "path": "userName", "value": name}),
    "PATCH without a path": lambda scim, path, name: scim.patch(path, {"op": "replace", "value": {"userName": name}}),
    "PUT": lambda scim, path, name: scim.put(path, {"userName": name, "externalId": OBJECT_ID}),
}


@pytest.mark.parametrize("surface", RENAMES)
@pytest.mark.parametrize("form", NAMES)
def test_active_user_is_shown_under_the_current_name(organization, scim, portal, form, surface):
    factories.make_user(organization, VICTIM)
    mallory = factories.make_user(organization, "mallory@example.com", externalId=OBJECT_ID)
    name = NAMES[form](mallory)
    assert RENAMES[surface](scim, f"/Users/{mallory.pk}", name).status_code == 200
    user = now(mallory)
    assert (user.status, user.shown_user_name, str(user), user.display_label) == (Status.ACTIVE, name, name, name)
    event = AuditEvent.objects.about(mallory.pk).newest_first().first()
    assert (event.activity, event.target_label) == ("Update user", name)
    for page in ("/users/", f"/users/{mallory.pk}/", f"/users/{mallory.pk}/deactivate/", "/audit/"):
        text = portal.get(page).content.decode().replace("<wbr>", "")
        assert name in text, f"{page} shows another name"
    assert '"/users/deleted/' not in portal.get(f"/users/{mallory.pk}/").content.decode().partition("<h1")[0]


@pytest.mark.parametrize("form", NAMES)
def test_inactive_user_is_shown_under_the_original_name(organization, scim, form):
    user = factories.make_user(organization, "mallory@example.com", externalId=OBJECT_ID)
    name = NAMES[form](user)
    scim.patch(f"/Users/{user.pk}", {"op": "replace", "value": {"userName": name, "active": False}})
    remembered = user.user_name if form.startswith("any") else VICTIM
    assert (now(user).status, now(user).shown_user_name, now(user).user_name) == (Status.DELETED, remembered, name)


# --- Names taken by another user ----------------------------------------------------------------


def own_prefix(user):
    return f"{user.pk.hex}{VICTIM}"


def object_id_prefix(_user):
    return f"{OBJECT_ID.replace('-', '')}{VICTIM}"


def portal_delete(user, name, scim, portal):
    return portal.post(f"/users/{user.pk}/delete/").status_code == 302


def soft_delete(user, name, scim, portal):
    change_policies(user.organization, changes={"scim_delete": "soft"}, actor=factories.COMMAND)
    return scim.delete(f"/Users/{user.pk}").status_code == 204


def delete_under_hold(user, name, scim, portal):
    hold_user(user, reason="case 7", actor=factories.COMMAND)
    return scim.delete(f"/Users/{user.pk}").status_code == 204


def entra_patch(user, name, scim, portal):
    return (
        scim.patch(
            f"/Users/{user.pk}",
            {"op": "Replace", "path": "userName", "value": name},
            {"op": "Replace", "path": "active", "value": "False"},
        ).status_code
        == 200
    )


def patch_without_path(user, name, scim, portal):
    values = {"active": False, "userName": name}
    return scim.patch(f"/Users/{user.pk}", {"op": "replace", "value": values}).status_code == 200


def put(user, name, scim, portal):
    document = {"userName": name, "externalId": OBJECT_ID, "active": False}
    return scim.put(f"/Users/{user.pk}", document).status_code == 200


def bulk(user, name, scim, portal):
    data = factories.patch_body({"op": "replace", "value": {"active": False, "userName": name}})
    operation = {"method": "PATCH", "path": f"/Users/{user.pk}", "data": data}
    answer = scim.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})
    return answer.document["Operations"][0]["status"] == "200"


OURS = [portal_delete, soft_delete, delete_under_hold]
THEIRS = [entra_patch, patch_without_path, put, bulk]


@pytest.mark.parametrize("is_inactive", [False, True])
@pytest.mark.parametrize(
    ("delete", "taken"),
    [(act, own_prefix) for act in OURS + THEIRS] + [(act, object_id_prefix) for act in THEIRS],
)
def test_deletion_does_not_depend_on_names_chosen_by_others(organization, scim, portal, delete, taken, is_inactive):
    victim = factories.make_user(organization, VICTIM, externalId=OBJECT_ID)
    mallory = factories.make_user(organization, taken(victim))
    if is_inactive:
        deactivate_user(victim, actor=factories.COMMAND)
    assert delete(victim, taken(victim), scim, portal)
    user = now(victim)
    assert (user.status, user.shown_user_name) == (Status.DELETED, VICTIM)
    assert user.user_name.endswith(VICTIM)
    assert user.user_name != now(mallory).user_name == taken(victim)
    assert AuditEvent.objects.about(victim.pk).filter(activity="Delete user").count() == 1
    factories.make_user(organization, "x@example.com")  # the transaction is still usable
    reactivate_user(user, actor=factories.COMMAND)
    assert (now(victim).status, now(victim).user_name) == (Status.ACTIVE, VICTIM), "the name comes back"


def test_same_tombstone_twice_deletes_both_users(organization, scim):
    """Entra restores a user that was meanwhile purged or recreated here, and deletes it again."""
    ids = []
    for _ in range(2):
        made = scim.post("/Users", {"userName": VICTIM, "externalId": OBJECT_ID})
        ids.append(made.document["id"])
        answer = scim.patch(
            f"/Users/{ids[-1]}", {"op": "replace", "value": {"active": False, "userName": object_id_prefix(None)}}
        )
        assert (answer.status_code, answer.document["active"]) == (200, False)
    users = User.objects.filter(pk__in=ids)
    assert {user.shown_user_name for user in users} == {VICTIM}
    assert len({user.user_name for user in users}) == 2
    told = AuditEvent.objects.about(ids[1]).get(activity="Delete user")
    assert "another user" in told.reason


def test_active_user_does_not_get_a_taken_name(organization, scim):
    victim = factories.make_user(organization, VICTIM, externalId=OBJECT_ID)
    factories.make_user(organization, object_id_prefix(victim))
    path = f"/Users/{victim.pk}"
    refused = scim.patch(path, {"op": "replace", "path": "userName", "value": object_id_prefix(victim)})
    assert (refused.status_code, refused.document["scimType"]) == (409, "uniqueness")
    assert scim.patch(path, {"op": "replace", "path": "active", "value": False}).status_code == 200
    assert now(victim).status == Status.INACTIVE


def test_other_names_stay_refused_for_inactive_users(organization, scim):
    victim = factories.make_user(organization, VICTIM)
    factories.make_user(organization, "other@example.com")
    answer = scim.patch(
        f"/Users/{victim.pk}", {"op": "replace", "value": {"userName": "other@example.com", "active": False}}
    )
    assert (answer.status_code, now(victim).active) == (409, True)


@pytest.mark.parametrize("name", ["n" * 512, "n" * 481, "\u017f" * 500])
@pytest.mark.parametrize("delete", OURS)
def test_users_with_the_longest_names_can_be_deleted(organization, scim, portal, delete, name):
    user = factories.make_user(organization, name)
    assert delete(user, "", scim, portal)
    assert (now(user).status, now(user).shown_user_name) == (Status.DELETED, name)
    delete_user(now(user), actor=factories.COMMAND)
    reactivate_user(now(user), actor=factories.COMMAND)
    assert now(user).user_name == name
