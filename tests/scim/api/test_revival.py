"""A POST that matches an Inactive user by externalId or userName, and users whose address was reused."""

import pytest
from allauth.socialaccount.models import SocialAccount

from audit.models import AuditEvent, has_label
from controlhub.actions.admins import create_admin
from controlhub.actions.mappings import map_group
from controlhub.actions.tokens import rotate_token
from controlhub.actions.users import delete_user
from controlhub.models import AccessToken, Account, Connection, Group, Membership, Organization, Role, User
from tests import factories
from tests.conftest import ScimClient
from tests.scim.writes import EACH_BASE
from tests.threads import at_once

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
DISABLE = {"op": "replace", "path": "active", "value": False}
BEFORE, AFTER = "trinity.moss@example.com", "trinity.reeves@example.com"
KEY = "00u1a2b3"


def alone(client, document):
    """Create a user with one POST. Returns the ID and the status."""
    answer = client.post("/Users", document)
    return answer.document.get("id"), answer.status_code


def in_bulk(client, document, *others):
    """Create the user in the first operation of a bulk request. Returns the ID and the status."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"b{number}", "data": data}
        for number, data in enumerate((document, *others))
    ]
    outcome = client.post("/Bulk", {"schemas": [BULK], "Operations": operations}).document["Operations"][0]
    return outcome.get("location", "").rsplit("/", 1)[-1] or None, int(outcome["status"])


def in_a_batch(client, document):
    return in_bulk(client, document, {"userName": "other1@example.com"}, {"userName": "other2@example.com"})


POSTS = [alone, in_bulk, in_a_batch]


@pytest.fixture(params=EACH_BASE)
def client(organization, request):
    _, secret = factories.make_token(organization)
    return ScimClient(organization, secret, request.param)


@pytest.fixture
def okta(organization):
    """Another connection of the organization."""
    _, secret = factories.make_token(organization)
    return ScimClient(organization, secret)


def inactive(client, user_name=BEFORE, external_id=KEY, groups=()):
    """The ID of a user that this client created and deactivated, and that is a member of these new groups."""
    document = {"userName": user_name, **({"externalId": external_id} if external_id else {})}
    user = client.post("/Users", document).document["id"]
    for name in groups:
        client.post("/Groups", {"displayName": name, "members": [{"value": user}]})
    assert client.patch(f"/Users/{user}", DISABLE).status_code == 200
    return user


def last_event(user):
    return AuditEvent.objects.about(user).newest_first().first()


# Revival by externalId


@pytest.mark.parametrize("post", POSTS)
def test_external_id_revives_the_user_under_the_new_name(client, post):
    user = inactive(client, groups=["Crew"])
    found, status = post(client, {"userName": AFTER, "externalId": KEY, "displayName": "Trinity Reeves"})
    assert (found, status) == (user, 201)
    now = client.get(f"/Users/{user}").document
    assert (now["userName"], now["active"], now["displayName"]) == (AFTER, True, "Trinity Reeves")
    assert [group["display"] for group in now["groups"]] == ["Crew"]
    assert client.get(f'/Users?filter=externalId eq "{KEY}"').document["totalResults"] == 1
    event = last_event(user)
    assert event.action == "user.reactivated"
    assert event.details["revived_by"] == "externalId"
    assert event.details["previous_user_name"] == BEFORE
    assert "memberships_dropped" not in event.details


def test_response_to_a_revival_contains_the_groups(client):
    inactive(client, groups=["Crew"])
    answer = client.post("/Users", {"userName": AFTER, "externalId": KEY})
    assert [group["display"] for group in answer.document["groups"]] == ["Crew"]
    assert answer["ETag"] == client.get(f"/Users/{answer.document['id']}")["ETag"]


def test_external_id_revives_with_another_token_of_the_connection(organization, client):
    user = inactive(client)
    _, secret = rotate_token(Connection.objects.get(), actor=factories.COMMAND)
    assert alone(ScimClient(organization, secret), {"userName": AFTER, "externalId": KEY}) == (user, 201)


@pytest.mark.parametrize("post", POSTS)
def test_revived_user_can_be_left_inactive(client, post):
    user = inactive(client)
    assert post(client, {"userName": AFTER, "externalId": KEY, "active": False}) == (user, 201)
    assert User.objects.get(pk=user).active is False


def off(organization, client, okta, user):
    Organization.objects.update(revive_on_create=False)


def active(organization, client, okta, user):
    client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": True})


def deleted(organization, client, okta, user):
    delete_user(User.objects.get(pk=user), actor=factories.COMMAND)


def hidden(organization, client, okta, user):
    Organization.objects.update(scim_delete="soft")
    client.delete(f"/Users/{user}")


def of_another_connection(organization, client, okta, user):
    User.objects.filter(pk=user).update(connection=Connection.objects.latest("created_at"))


def of_no_connection(organization, client, okta, user):
    User.objects.filter(pk=user).update(connection=None)


def ambiguous(organization, client, okta, user):
    client.post("/Users", {"userName": "second@example.com"})
    second = User.objects.get(user_name="second@example.com")
    client.patch(f"/Users/{second.pk}", {"op": "add", "value": {"externalId": KEY, "active": False}})


def with_a_role(organization, client, okta, user):
    create_admin(organization, address=BEFORE, role=Role.HELP_DESK, actor=factories.COMMAND)


def with_a_role_by_group(organization, client, okta, user):
    group = client.post("/Groups", {"displayName": "Admins", "members": [{"value": user}]}).document["id"]
    map_group(Group.objects.get(pk=group), role=Role.AUDITOR, actor=factories.COMMAND)


def of_another_organization(organization, client, okta, user):
    User.objects.filter(pk=user).update(organization=factories.make_organization("Machine City"))


def case_differs(organization, client, okta, user):
    client.patch(f"/Users/{user}", {"op": "replace", "path": "externalId", "value": KEY.upper()})


NOT_REVIVED = [
    off,
    active,
    deleted,
    hidden,
    of_another_connection,
    of_no_connection,
    ambiguous,
    with_a_role,
    with_a_role_by_group,
    of_another_organization,
    case_differs,
]


@pytest.mark.parametrize("post", POSTS)
@pytest.mark.parametrize("prevent", NOT_REVIVED)
def test_external_id_creates_user_if_no_user_can_be_revived(organization, client, okta, prevent, post):
    user = inactive(client)
    prevent(organization, client, okta, user)
    before = User.objects.filter(pk=user).values().get()
    found, status = post(client, {"userName": AFTER, "externalId": KEY})
    assert (found != user, status) == (True, 201)
    assert User.objects.filter(pk=user).values().get() == before
    assert last_event(found).action == "user.created"


def test_personal_token_does_not_revive_by_external_id(organization, client, admin):
    user = inactive(client)
    _, secret = factories.make_token(organization, user=admin.user)
    found, status = alone(ScimClient(organization, secret), {"userName": AFTER, "externalId": KEY})
    assert (found != user, status) == (True, 201)


def test_two_users_in_a_batch_with_one_external_id_revive_one_user(client):
    user = inactive(client)
    documents = [{"userName": AFTER, "externalId": KEY}, {"userName": "third@example.com", "externalId": KEY}]
    operations = [{"method": "POST", "path": "/Users", "bulkId": d["userName"], "data": d} for d in documents]
    outcomes = client.post("/Bulk", {"schemas": [BULK], "Operations": operations}).document["Operations"]
    assert [outcome["status"] for outcome in outcomes] == ["201", "201"]
    assert [outcome["location"].endswith(user) for outcome in outcomes] == [True, False]
    assert AuditEvent.objects.filter(has_label("target", exact=AFTER), action="user.created").count() == 0


@pytest.mark.parametrize("is_active", [True, False])
def test_users_in_one_batch_are_the_same_as_with_single_requests(client, is_active):
    """The second request revives the first request's user if that user is Inactive."""
    first = {"userName": BEFORE, "externalId": KEY, "active": is_active}
    in_bulk(client, first, {"userName": "other@example.com"}, {"userName": AFTER, "externalId": KEY})
    assert User.objects.filter(external_id=KEY).count() == (2 if is_active else 1)


@pytest.mark.parametrize("post", POSTS)
def test_name_of_an_active_user_is_refused(client, post):
    user = inactive(client)
    client.post("/Users", {"userName": AFTER})
    assert post(client, {"userName": AFTER, "externalId": KEY})[1] == 409
    assert User.objects.get(pk=user).active is False


@pytest.mark.parametrize("prevent", [None, with_a_role, ambiguous])
@pytest.mark.parametrize("stored", ["another key", None])
@pytest.mark.parametrize("post", POSTS)
def test_name_and_external_id_of_two_inactive_users_are_refused(organization, client, okta, post, stored, prevent):
    """By the key, the person is the second user, so the first user's account must not be handed over."""
    first, second = inactive(client, AFTER, stored), inactive(client)
    if prevent:
        prevent(organization, client, okta, second)
    assert post(client, {"userName": AFTER, "externalId": KEY})[1] == 409
    assert not User.objects.filter(pk__in=[first, second], active=True).exists()


def test_rejection_names_the_conflicting_user(client):
    inactive(client, AFTER, "another key")
    inactive(client)
    answer = client.post("/Users", {"userName": AFTER, "externalId": KEY})
    assert answer.document["scimType"] == "uniqueness"
    assert AFTER in answer.document["detail"]
    assert KEY in answer.document["detail"]


# Reused addresses


def groups_of(user):
    return Membership.objects.filter(user=user).count()


def put(client, user, **values):
    return client.put(f"/Users/{user}", {"active": True, "userName": BEFORE, **values})


def patch(client, user, **values):
    return client.patch(f"/Users/{user}", {"op": "replace", "value": {"active": True, **values}})


def post_again(client, user, **values):
    return client.post("/Users", {"userName": BEFORE, **values})


def bulk_again(client, user, **values):
    in_a_batch(client, {"userName": BEFORE, **values})
    return client.get(f"/Users/{user}")


RETURNS = [post_again, bulk_again, put, patch]


@pytest.mark.parametrize("come_back", RETURNS)
def test_different_external_id_drops_the_memberships(client, come_back):
    user = inactive(client, groups=["Crew", "Pilots"])
    answer = come_back(client, user, externalId="the key of somebody else")
    assert answer.document["id"] == user
    assert answer.document["active"] is True
    assert "groups" not in answer.document
    assert answer["ETag"] == client.get(f"/Users/{user}")["ETag"]
    assert groups_of(user) == 0
    assert [group.member_count for group in Group.objects.all()] == [0, 0]
    assert [group.version for group in Group.objects.all()] == [3, 3]
    event = last_event(user)
    assert event.action == "user.reactivated"
    assert event.details["memberships_dropped"] == 2
    assert "may belong to another person" in event.reason
    assert User.objects.get(pk=user).reassigned_at is not None


@pytest.mark.parametrize("come_back", [post_again, bulk_again])
def test_user_who_stays_inactive_loses_the_memberships_too(client, come_back):
    """The later `active: true` contains no externalId."""
    user = inactive(client, groups=["Crew"])
    come_back(client, user, externalId="the key of somebody else", active=False)
    assert groups_of(user) == 0


@pytest.mark.parametrize("come_back", RETURNS)
@pytest.mark.parametrize(
    ("stored", "sent"), [(KEY, {"externalId": KEY}), (KEY, {}), (None, {"externalId": KEY}), (None, {})]
)
def test_memberships_are_kept_unless_external_ids_differ(client, come_back, stored, sent):
    user = inactive(client, external_id=stored, groups=["Crew"])
    answer = come_back(client, user, **sent)
    assert [group["display"] for group in answer.document["groups"]] == ["Crew"]
    assert "memberships_dropped" not in last_event(user).details
    assert User.objects.get(pk=user).reassigned_at is None


def bulk_patch(client, user, **values):
    data = factories.patch_body({"op": "replace", "value": {"active": True, **values}})
    client.post(
        "/Bulk", {"schemas": [BULK], "Operations": [{"method": "PATCH", "path": f"/Users/{user}", "data": data}]}
    )
    return client.get(f"/Users/{user}")


@pytest.mark.parametrize("come_back", [put, patch, bulk_patch])
def test_different_external_id_drops_the_memberships_of_a_deleted_user(client, come_back):
    user = inactive(client, groups=["Crew"])
    delete_user(User.objects.get(pk=user), actor=factories.COMMAND)
    answer = come_back(client, user, userName=BEFORE, externalId="the key of somebody else")
    assert (answer.document["userName"], answer.document["active"]) == (BEFORE, True)
    assert groups_of(user) == 0
    assert last_event(user).action == "user.restored"
    assert last_event(user).details["memberships_dropped"] == 1


@pytest.mark.parametrize("is_active", [True, False])
def test_new_external_id_alone_drops_nothing(client, is_active):
    """A directory that renumbers its users has not reassigned their addresses."""
    user = inactive(client, groups=["Crew"])
    if is_active:
        patch(client, user)
    client.patch(f"/Users/{user}", {"op": "replace", "path": "externalId", "value": "new key"})
    assert groups_of(user) == 1


@pytest.mark.parametrize("come_back", RETURNS)
def test_different_external_id_drops_the_role_and_all_sign_in_methods(organization, admin, client, come_back):
    account, _ = create_admin(organization, address=BEFORE, role=Role.USER_ADMIN, actor=factories.COMMAND)
    user = str(account.user_id)
    factories.make_token(organization, user=account.user)
    SocialAccount.objects.create(user=account, provider="entra", uid="subject of the first person")
    client.patch(f"/Users/{user}", {"op": "replace", "value": {"externalId": KEY, "active": False}})
    come_back(client, user, externalId="the key of somebody else")
    found = User.objects.get(pk=user)
    assert (found.active, found.portal_role) == (True, "")
    assert not Account.objects.filter(user=user).exists()
    assert not SocialAccount.objects.exists()
    assert not AccessToken.objects.filter(user=user, revoked_at=None).exists()
    assert AuditEvent.objects.about(user).filter(action="role.removed").count() == 1
    assert AuditEvent.objects.about(user).get(action="user.reactivated").details["roles_removed"] == ["user_admin"]


@pytest.mark.parametrize("come_back", RETURNS)
def test_different_external_id_drops_the_role_of_a_group(client, come_back):
    user = inactive(client, groups=["Admins"])
    map_group(Group.objects.get(), role=Role.FULL_ADMIN, actor=factories.COMMAND)
    account = Account(user_id=user, sign_in_key=f"by-group:{user}", by_group=True, role=Role.FULL_ADMIN)
    account.save()
    come_back(client, user, externalId="the key of somebody else")
    assert groups_of(user) == 0
    assert not Account.objects.filter(user=user).exists()
    assert last_event(user).details["roles_removed"] == ["full_admin"]


@pytest.mark.parametrize("come_back", [post_again, put, patch])
def test_user_administrator_cannot_drop_the_role_of_a_full_administrator(organization, client, come_back):
    user = inactive(client, groups=["Admins"])
    map_group(Group.objects.get(), role=Role.FULL_ADMIN, actor=factories.COMMAND)
    account, _ = factories.make_admin(organization, "user.admin@example.com", Role.USER_ADMIN)
    _, secret = factories.make_token(organization, user=account.user)
    answer = come_back(ScimClient(organization, secret), user, externalId="the key of somebody else")
    assert answer.status_code == 403
    assert (groups_of(user), User.objects.get(pk=user).active) == (1, False)


# Races

WRITERS = 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("post", POSTS[:2])
@pytest.mark.parametrize("has_one_name", [True, False])
def test_one_of_several_parallel_posts_revives_the_user(post, has_one_name):
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    user = inactive(ScimClient(organization, secret))

    def create(index):
        name = AFTER if has_one_name else f"trinity{index}@example.com"
        return post(ScimClient(organization, secret), {"userName": name, "externalId": KEY})

    answers = at_once(WRITERS, create)
    created = {found for found, status in answers if status == 201}
    assert [found for found, status in answers if status == 201].count(user) == 1
    assert {status for _, status in answers} == ({201, 409} if has_one_name else {201})
    assert len(created) == (1 if has_one_name else WRITERS)
    assert AuditEvent.objects.about(user).filter(action="user.reactivated").count() == 1
    assert User.objects.count() == len(created)
