"""Groups that make administrators, by a claim of a provider and a role that the organization chose."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from audit.models import AuditEvent
from controlhub.actions.groups import add_member
from controlhub.actions.mappings import map_group, unmap_group
from controlhub.errors import InvalidSettingError
from controlhub.models import Account, Group, IdentityProvider, Membership, Role, RoleMapping, User
from tests import factories
from tests.providers import OID, go


@pytest.fixture
def operators(scim):
    return factories.make_mapped_group(scim, "Operators", Role.USER_ADMIN)


@pytest.fixture
def morpheus(organization, operators, entra):
    user = factories.make_user(organization, "morpheus@example.com", externalId=OID)
    add_member(operators, user.pk, actor=factories.COMMAND)
    entra.has("morpheus-sub", oid=OID)
    return user


def test_member_signs_in_with_the_role_of_the_group(organization, provider, morpheus, entra):
    browser = Client()
    assert go(browser, provider, entra, "morpheus-sub").status_code == 302
    account = Account.objects.get(user=morpheus)
    assert (account.role, account.by_group, account.has_usable_password()) == (Role.USER_ADMIN, True, False)
    assert browser.get("/users/").status_code == 200
    assert browser.get("/sign-on/").status_code == 403, "no more than the role"
    assert "By group membership" in browser.get("/administrators/").content.decode()
    assert not SocialAccount.objects.exists(), "matched again at each sign-in"


def test_next_sign_in_of_a_member_records_the_role_only_if_it_changed(provider, operators, morpheus, entra):
    def assigned():
        events = AuditEvent.objects.about(morpheus.pk).filter(action="role.assigned").order_by("created_at", "id")
        return [(change["old"], change["new"]) for event in events for change in event.changes]

    for _ in range(2):
        go(Client(), provider, entra, "morpheus-sub")
    assert assigned() == [(None, "user_admin")]
    map_group(operators, role=Role.AUDITOR, actor=factories.COMMAND)
    go(Client(), provider, entra, "morpheus-sub")
    assert assigned() == [(None, "user_admin"), ("user_admin", "auditor")]
    assert Account.objects.get(user=morpheus).role == Role.AUDITOR


@pytest.mark.parametrize("loss", ["membership", "mapping", "group", "user", "provider's claim", "externalId"])
def test_role_ends_with_its_source(organization, scim, provider, operators, morpheus, entra, loss):
    browser = Client()
    go(browser, provider, entra, "morpheus-sub")
    assert browser.get("/users/").status_code == 200
    sessions_end = True
    if loss == "membership":
        path = f'members[value eq "{morpheus.pk}"]'
        assert scim.patch(f"/Groups/{operators.pk}", {"op": "remove", "path": path}).status_code == 200
    elif loss == "mapping":
        unmap_group(RoleMapping.objects.get(), actor=factories.COMMAND)
    elif loss == "group":
        assert scim.delete(f"/Groups/{operators.pk}").status_code == 204
    elif loss == "user":
        scim.patch(f"/Users/{morpheus.pk}", {"op": "replace", "path": "active", "value": False})
    elif loss == "provider's claim":
        IdentityProvider.objects.update(match_claim="")
        sessions_end = False
    else:
        scim.patch(f"/Users/{morpheus.pk}", {"op": "replace", "path": "externalId", "value": "another"})
        sessions_end = False
    assert (browser.get("/users/").status_code == 302) is sessions_end
    refused = go(Client(), provider, entra, "morpheus-sub")
    assert refused.status_code == 403 or refused["Location"] == "/sign-in/"


def test_members_of_nested_groups_do_not_get_the_role(organization, scim, provider, operators, entra):
    inner = scim.post("/Groups", {"displayName": "Inner"}).document["id"]
    user = factories.make_user(organization, "tank@example.com", externalId=OID)
    scim.patch(f"/Groups/{inner}", {"op": "add", "path": "members", "value": [{"value": str(user.pk)}]})
    scim.patch(f"/Groups/{operators.pk}", {"op": "add", "path": "members", "value": [{"value": inner}]})
    entra.has("tank-sub", oid=OID)
    assert go(Client(), provider, entra, "tank-sub").status_code == 403


def test_ambiguous_external_id_does_not_sign_in(organization, provider, operators, morpheus, entra):
    twin = factories.make_user(organization, "twin@example.com", externalId=OID)
    add_member(operators, twin.pk, actor=factories.COMMAND)
    assert go(Client(), provider, entra, "morpheus-sub").status_code == 403


def test_administrator_with_a_direct_role_is_not_matched(organization, admin, scim, provider, operators, entra):
    """Otherwise, a client that can write users could sign in as any administrator."""
    scim.patch(f"/Users/{admin.user_id}", {"op": "add", "path": "externalId", "value": OID})
    add_member(operators, admin.user.pk, actor=factories.COMMAND)
    entra.has("thief-sub", oid=OID)
    assert go(Client(), provider, entra, "thief-sub").status_code == 403


def test_administrators_account_is_not_taken_over(organization, provider, operators, morpheus, entra):
    """Even if the user's row does not contain the account's role."""
    account, _ = factories.make_admin(organization, "morpheus@example.com", Role.AUDITOR)
    User.objects.filter(pk=morpheus.pk).update(portal_role="")
    assert go(Client(), provider, entra, "morpheus-sub").status_code == 403
    account.refresh_from_db()
    assert (account.user, account.role, account.by_group) == (morpheus, Role.AUDITOR, False)


def test_administrator_by_group_does_not_count_as_the_last_full_administrator(
    organization, admin, scim, provider, operators, morpheus, entra
):
    map_group(operators, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    go(Client(), provider, entra, "morpheus-sub")
    answer = scim.patch(f"/Users/{admin.user_id}", {"op": "replace", "path": "active", "value": False})
    assert answer.status_code >= 400
    admin.user.refresh_from_db()
    assert admin.user.active


def test_personal_token_cannot_write_to_a_group_with_a_higher_role(organization, operators, morpheus):
    """A user administrator with a personal token cannot write to a group of full administrators."""
    from controlhub.actions.tokens import issue_personal_token
    from controlhub.models import Scope
    from tests.conftest import ScimClient

    map_group(operators, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    account, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
    _, secret = issue_personal_token(
        account, name="mine", scopes=[Scope.SCIM_READ, Scope.SCIM_WRITE], days=1, actor=factories.COMMAND
    )
    mine, group = ScimClient(organization, secret), f"/Groups/{operators.pk}"
    me = [{"value": str(account.user_id)}]
    assert mine.patch(group, {"op": "add", "path": "members", "value": me}).status_code == 403
    assert mine.patch(group, {"op": "remove", "path": f'members[value eq "{morpheus.pk}"]'}).status_code == 403
    assert mine.put(group, {"displayName": "Operators", "members": me}).status_code == 403
    assert mine.delete(group).status_code == 403
    user = f"/Users/{morpheus.pk}"
    assert mine.patch(user, {"op": "replace", "path": "externalId", "value": "mine"}).status_code == 403
    assert list(Membership.objects.filter(group=operators).values_list("user_id", flat=True)) == [morpheus.pk]


def test_administrator_by_group_cannot_have_personal_tokens(provider, morpheus, entra):
    browser = Client()
    go(browser, provider, entra, "morpheus-sub")
    assert "New access token" not in browser.get("/account/").content.decode()
    answer = browser.post("/account/tokens/", {"name": "x", "scopes": ["scim:read"], "days": 1})
    assert answer.status_code == 409


def test_group_is_mapped_and_unmapped_on_the_page(organization, portal, scim):
    group = scim.post("/Groups", {"displayName": "Help Desk"}).document["id"]
    assert portal.post("/administrators/groups/", {"group": "help desk", "role": "help_desk"}).status_code == 302
    assert RoleMapping.objects.get().role == "help_desk"
    assert "Help Desk" in portal.get("/administrators/").content.decode()
    for wrong in ("nowhere", "00000000-0000-0000-0000-000000000000"):
        answer = portal.post("/administrators/groups/", {"group": wrong, "role": "help_desk"})
        assert (answer.status_code, "No group has this name or ID" in answer.content.decode()) == (422, True)
    portal.post(f"/administrators/groups/{group}/remove/")
    assert not RoleMapping.objects.exists()
    told = AuditEvent.objects.filter(action__in=["group.mapped", "group.unmapped"]).order_by("created_at", "id")
    assert [event.action for event in told] == ["group.mapped", "group.unmapped"]


def test_role_above_ones_own_cannot_be_mapped(organization, scim):
    scim.post("/Groups", {"displayName": "Kings"})
    factories.make_admin(organization, "neo@example.com")
    account, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
    answer = factories.browser(account).post("/administrators/groups/", {"group": "Kings", "role": "full_admin"})
    assert answer.status_code == 422
    assert not RoleMapping.objects.exists()


def test_deleted_group_cannot_be_mapped(operators):
    unmap_group(RoleMapping.objects.get(), actor=factories.COMMAND)
    Group.objects.filter(pk=operators.pk).delete()
    with pytest.raises(InvalidSettingError, match="has been deleted") as refused:
        map_group(operators, role=Role.AUDITOR, actor=factories.COMMAND)
    assert refused.value.field == "group"
    assert not RoleMapping.objects.exists()
    assert AuditEvent.objects.filter(action="group.mapped").count() == 1


def test_role_of_a_group_ends_once(operators):
    mapping = RoleMapping.objects.get()
    for _ in range(2):
        unmap_group(mapping, actor=factories.COMMAND)
    assert AuditEvent.objects.get(action="group.unmapped").target_id == str(operators.pk)
