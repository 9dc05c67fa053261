"""Nobody changes an administrator or mapped group above their own role, with any action, role source or surface."""

import itertools

import pytest

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions.groups import add_member, add_members, create_group
from controlhub.actions.invitations import Person, add_user
from controlhub.actions.mappings import map_group
from controlhub.actions.organizations import change_policies
from controlhub.actions.tokens import issue_personal_token
from controlhub.actions.users import deactivate_user, delete_user
from controlhub.models import (
    AccessToken,
    Account,
    Group,
    Invitation,
    Membership,
    Role,
    RoleMapping,
    Scope,
    Session,
    User,
)
from tests import factories
from tests.bulk import press_many
from tests.conftest import ScimClient

NAME = "morpheus@example.com"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BY_USER_ADMIN = Actor(ActorKind.ADMIN, id="01a21722-2bff-75ff-a872-962eaeeb6cf3", role=Role.USER_ADMIN)


def in_group(organization, user, name="Kings", role=Role.FULL_ADMIN):
    group = create_group(organization, document={"displayName": name}, actor=factories.COMMAND)
    if role:
        map_group(group, role=role, actor=factories.COMMAND)
    add_member(group, user.pk, actor=factories.COMMAND)
    return group


def by_account(organization):
    return factories.make_admin(organization, NAME)[0].user


def by_invitation(organization):
    return add_user(organization, Person(NAME), role=Role.FULL_ADMIN, actor=factories.COMMAND)[0]


def by_group(organization):
    user = factories.make_user(organization, NAME)
    in_group(organization, user)
    return user


def by_one_of_several_groups(organization):
    user = factories.make_user(organization, NAME)
    in_group(organization, user, "Crew", None)
    in_group(organization, user, "Watchers", Role.AUDITOR)
    in_group(organization, user)
    return user


def by_group_above_the_own_role(organization):
    user = factories.make_admin(organization, NAME, Role.AUDITOR)[0].user
    in_group(organization, user)
    return user


WAYS = {
    "account": by_account,
    "invitation": by_invitation,
    "mapped group": by_group,
    "one of several groups": by_one_of_several_groups,
    "mapped group above the own role": by_group_above_the_own_role,
}


def by_nested_group(organization):
    """Members of a nested group are not administrators (docs/sign-in.md)."""
    user = factories.make_user(organization, NAME)
    inner = in_group(organization, user, "Inner", None)
    outer = create_group(organization, document={"displayName": "Outer"}, actor=factories.COMMAND)
    map_group(outer, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    add_members(outer, ids=[inner.pk], actor=factories.COMMAND)
    return user


class Stage:
    """A user administrator with a browser and a token who acts on a higher administrator."""

    def __init__(self, organization, way, *, base="/v1/scim/{}"):
        self.organization = organization
        factories.make_admin(organization)
        account, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
        self.browser = factories.browser(account)
        scopes = [Scope.SCIM_READ, Scope.SCIM_WRITE]
        _, secret = issue_personal_token(account, name="mine", scopes=scopes, days=1, actor=factories.COMMAND)
        self.scim = ScimClient(organization, secret, base)
        self.user = way(organization)
        self.path = f"/Users/{self.user.pk}"

    def state(self):
        """Everything that an action on a user or group could have changed."""
        tables = [User, Group, Membership, Account, AccessToken, Session, Invitation, RoleMapping]
        rows = {table.__name__: sorted(map(str, table.objects.values_list())) for table in tables}
        rows["AccessToken"] = sorted(map(str, AccessToken.objects.values_list("pk", "revoked_at")))
        return rows | {"events": AuditEvent.objects.exclude(action="role.refused").count()}

    def bulk(self, method, path, data=None):
        operation = {"method": method, "path": path, **({"data": data} if data else {})}
        answer = self.scim.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})
        return int(answer.document["Operations"][0]["status"])

    def patch(self, *operations):
        return self.scim.patch(self.path, *operations).status_code

    def press(self, page, **fields):
        return self.browser.post(f"/users/{self.user.pk}/{page}/", fields).status_code

    def press_many(self, page, **fields):
        return press_many(self.browser, page, [self.user.pk], **fields).status_code


REPLACED = {"userName": NAME, "displayName": "Somebody else"}
RENAME = {"op": "replace", "path": "displayName", "value": "Somebody else"}
SCIM_CHANGES = {
    "PATCH active": lambda stage: stage.patch({"op": "replace", "path": "active", "value": False}),
    "PATCH without a path": lambda stage: stage.patch({"op": "replace", "value": {"active": False}}),
    "PATCH externalId": lambda stage: stage.patch({"op": "add", "path": "externalId", "value": "mine"}),
    "PATCH displayName": lambda stage: stage.patch(RENAME),
    "PATCH a tombstone name": lambda stage: stage.patch(
        {"op": "replace", "value": {"active": False, "userName": f"{stage.user.pk.hex}{NAME}"}}
    ),
    "PUT": lambda stage: stage.scim.put(stage.path, REPLACED).status_code,
    "DELETE": lambda stage: stage.scim.delete(stage.path).status_code,
    "DELETE with If-Match": lambda stage: (
        stage.scim.delete(stage.path, **{"If-Match": stage.scim.get(stage.path)["ETag"]}).status_code
    ),
    "Bulk PATCH": lambda stage: stage.bulk("PATCH", stage.path, factories.patch_body(RENAME)),
    "Bulk PUT": lambda stage: stage.bulk("PUT", stage.path, REPLACED),
    "Bulk DELETE": lambda stage: stage.bulk("DELETE", stage.path),
}
PAGES = {
    "deactivate": lambda stage: stage.press("deactivate"),
    "deactivate several": lambda stage: stage.press_many("/users/deactivate/"),
    "delete": lambda stage: stage.press("delete"),
    "revoke access": lambda stage: stage.press("access/revoke"),
    "reset factors": lambda stage: stage.press("factors/reset"),
    "change the role": lambda stage: stage.press("role", role="none"),
    "invite": lambda stage: stage.press("invite"),
}
PAGES_OF_THE_INACTIVE = {
    "reactivate": lambda stage: stage.press("reactivate"),
    "restore several": lambda stage: stage.press_many("/users/deleted/restore/"),
    "keep longer": lambda stage: stage.press("extend", days=3),
}
SCIM_OF_THE_INACTIVE = {
    **SCIM_CHANGES,
    "PATCH active": lambda stage: stage.patch({"op": "replace", "path": "active", "value": True}),
    "PATCH without a path": lambda stage: stage.patch({"op": "replace", "value": {"active": True}}),
    "Bulk PATCH": lambda stage: stage.bulk(
        "PATCH", stage.path, factories.patch_body({"op": "replace", "path": "active", "value": True})
    ),
}


def deep_unless(is_fast, *lists):
    """The product of the lists. Combinations that are not fast belong to the deep tier."""
    products = itertools.product(*lists)
    return [pytest.param(*values, marks=[] if is_fast(values) else pytest.mark.deep) for values in products]


BASES = ["/v1/scim/{}", "/identity/scim/{}/v2"]
PAIRS = list(zip(WAYS, itertools.cycle(itertools.product(["purge", "soft"], BASES)), strict=False))
"""Each role source paired with one combination, so that every combination occurs."""


@pytest.mark.parametrize(
    ("way", "scim_delete", "base"),
    deep_unless(lambda values: (values[0], values[1:]) in PAIRS, WAYS, ["purge", "soft"], BASES),
)
def test_scim_refuses_every_change_of_a_higher_administrator(organization, way, scim_delete, base):
    change_policies(organization, changes={"scim_delete": scim_delete}, actor=factories.COMMAND)
    stage = Stage(organization, WAYS[way], base=base)
    before = stage.state()
    for name, change in SCIM_CHANGES.items():
        assert change(stage) == 403, name
        assert stage.state() == before, f"{name} has changed something"


@pytest.mark.parametrize("way", WAYS)
def test_pages_refuse_every_change_of_a_higher_administrator(organization, way):
    stage = Stage(organization, WAYS[way])
    before = stage.state()
    for name, change in PAGES.items():
        change(stage)
        assert stage.state() == before, f"{name} has changed something"


@pytest.mark.parametrize(
    ("way", "act"),
    deep_unless(
        lambda values: values[1] is deactivate_user or values[0] == "account", WAYS, [deactivate_user, delete_user]
    ),
)
def test_every_change_of_an_inactive_higher_administrator_is_refused(organization, way, act):
    stage = Stage(organization, WAYS[way])
    act(stage.user, actor=factories.COMMAND)
    before = stage.state()
    for name, change in SCIM_OF_THE_INACTIVE.items():
        status = change(stage)
        if act is delete_user and name == "PATCH a tombstone name":
            assert status == 200, "the user is deleted already: nothing changes"
        else:
            assert status == 403, name
        assert stage.state() == before, f"{name} has changed something"
    for name, change in PAGES_OF_THE_INACTIVE.items():
        change(stage)
        assert stage.state() == before, f"{name} has changed something"
    if act is deactivate_user:
        assert stage.scim.post("/Users", {"userName": NAME}).status_code == 403, "a POST that revives"
        assert stage.state() == before


def test_user_removed_by_scim_is_still_protected_by_former_groups(organization):
    change_policies(organization, changes={"scim_delete": "soft"}, actor=factories.COMMAND)
    stage = Stage(organization, by_group)
    _, secret = factories.make_token(organization)
    assert ScimClient(organization, secret).delete(stage.path).status_code == 204
    assert not Membership.objects.filter(user=stage.user).exists()
    before = stage.state()
    for name, change in PAGES_OF_THE_INACTIVE.items():
        change(stage)
        assert stage.state() == before, f"{name} has changed something"


def test_nested_group_in_a_mapped_group_makes_no_administrators(organization):
    stage = Stage(organization, by_nested_group)
    assert SCIM_CHANGES["PATCH displayName"](stage) == 200
    assert SCIM_CHANGES["DELETE"](stage) == 204


# --- Groups that make administrators ------------------------------------------------------------

GROUP_PATCHES = {
    "rename": {"op": "replace", "path": "displayName", "value": "Pawns"},
    "rename without a path": {"op": "replace", "value": {"displayName": "Pawns"}},
    "rename by add": {"op": "add", "path": "displayName", "value": "Pawns"},
    "rename by URN": {
        "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:displayName", "value": "Pawns",
    },
    "change externalId": {"op": "replace", "path": "externalId", "value": "other"},
    "change externalId without a path": {"op": "add", "value": {"externalId": "other"}},
    "remove externalId": {"op": "remove", "path": "externalId"},
    "change the case of the name": {"op": "replace", "path": "displayName", "value": "KINGS"},
    "add a member": {"op": "add", "path": "members", "value": [{"value": "{outsider}"}]},
    "replace the members": {"op": "replace", "path": "members", "value": [{"value": "{outsider}"}]},
    "remove a member": {"op": "remove", "path": 'members[value eq "{member}"]'},
    "remove all members": {"op": "remove", "path": "members"},
}  # fmt: skip
GROUP_PUTS = {
    "rename": {"displayName": "Pawns", "externalId": "kings", "members": [{"value": "{member}"}]},
    "change externalId": {"displayName": "Kings", "externalId": "other", "members": [{"value": "{member}"}]},
    "remove externalId": {"displayName": "Kings", "members": [{"value": "{member}"}]},
    "change the members": {"displayName": "Kings", "externalId": "kings", "members": [{"value": "{outsider}"}]},
}


@pytest.mark.parametrize(
    ("unique_group_names", "base"),
    deep_unless(lambda values: values in {(False, BASES[0]), (True, BASES[1])}, [False, True], BASES),
)
def test_scim_refuses_every_change_of_a_group_that_makes_higher_administrators(organization, unique_group_names, base):
    changes = {"unique_group_names": unique_group_names}
    change_policies(organization, changes=changes, actor=factories.COMMAND)
    organization.refresh_from_db()
    stage = Stage(organization, by_account, base=base)
    _, secret = factories.make_token(organization)
    directory = ScimClient(organization, secret)
    member = factories.make_user(organization, "tank@example.com")
    made = directory.post(
        "/Groups", {"displayName": "Kings", "externalId": "kings", "members": [{"value": str(member.pk)}]}
    )
    group = Group.objects.get(pk=made.document["id"])
    map_group(group, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    path, before = f"/Groups/{group.pk}", stage.state()

    def filled(value):
        if isinstance(value, str):
            return value.replace("{member}", str(member.pk)).replace("{outsider}", str(stage.user.pk))
        if isinstance(value, list):
            return [filled(item) for item in value]
        return {key: filled(item) for key, item in value.items()} if isinstance(value, dict) else value

    for name, operation in GROUP_PATCHES.items():
        assert stage.scim.patch(path, filled(operation)).status_code == 403, f"PATCH: {name}"
        assert stage.bulk("PATCH", path, factories.patch_body(filled(operation))) == 403, f"Bulk PATCH: {name}"
    for name, document in GROUP_PUTS.items():
        assert stage.scim.put(path, filled(document)).status_code == 403, f"PUT: {name}"
        assert stage.bulk("PUT", path, filled(document)) == 403, f"Bulk PUT: {name}"
    assert stage.scim.delete(path).status_code == 403
    assert stage.bulk("DELETE", path) == 403
    assert stage.state() == before, "something has changed"
    rename = GROUP_PATCHES["rename"]
    assert directory.patch(path, rename).status_code in {200, 204}, "the directory's own connection may"


def test_group_with_a_covered_role_can_be_changed(organization):
    stage = Stage(organization, by_account)
    group = create_group(organization, document={"displayName": "Watchers"}, actor=factories.COMMAND)
    map_group(group, role=Role.AUDITOR, actor=factories.COMMAND)
    assert stage.scim.patch(f"/Groups/{group.pk}", GROUP_PATCHES["rename"]).status_code == 200
