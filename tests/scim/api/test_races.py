"""What parallel requests must not do."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from audit.models import AuditEvent
from controlhub.errors import InvalidSettingError
from controlhub.models import Group, Invitation, Membership, Session, User
from tests import factories, servers
from tests.conftest import ScimClient
from tests.threads import at_once, waiting_for_locks

WRITERS = 50


@pytest.mark.django_db(transaction=True)
def test_one_of_fifty_creates_of_a_name_succeeds():
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)

    def create(index):
        name = "".join(c.upper() if (index >> place) & 1 else c for place, c in enumerate("trinity@zion.example"))
        return ScimClient(organization, secret).post("/Users", {"schemas": [factories.ENTRA_CORE], "userName": name})

    answers = at_once(WRITERS, create)
    refused = [answer.document for answer in answers if answer.status_code == 409]
    assert [answer.status_code for answer in answers].count(201) == 1
    assert len(refused) == WRITERS - 1
    assert {document["scimType"] for document in refused} == {"uniqueness"}
    assert User.objects.filter(organization=organization).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_fifty_writers_with_the_same_etag_succeeds():
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    created = ScimClient(organization, secret).post("/Users", {"userName": "neo@zion.example"})
    path, tag = f"/Users/{created.document['id']}", created["ETag"]

    def change(index):
        operation = {"op": "replace", "path": "displayName", "value": f"Neo {index}"}
        return ScimClient(organization, secret).patch(path, operation, **{"If-Match": tag}).status_code

    answers = at_once(WRITERS, change)
    assert (answers.count(200), answers.count(412)) == (1, WRITERS - 1)


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_add_fifty_members():
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    client = ScimClient(organization, secret)
    users = [factories.make_user(organization, f"user{index}@example.com") for index in range(WRITERS)]
    group = client.post("/Groups", {"displayName": "Crew"}).document["id"]

    def add(index):
        operation = {"op": "add", "path": "members", "value": [{"value": str(users[index].pk)}]}
        return ScimClient(organization, secret).patch(f"/Groups/{group}", operation).status_code

    assert set(at_once(WRITERS, add)) == {200}
    members = client.get(f"/Groups/{group}").document["members"]
    assert {member["value"] for member in members} == {str(user.pk) for user in users}


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_move_one_member_once():
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    client = ScimClient(organization, secret)
    member = str(factories.make_user(organization).pk)
    path = f"/Groups/{client.post('/Groups', {'displayName': 'Crew'}).document['id']}"
    add = {"op": "add", "path": "members", "value": [{"value": member}]}
    remove = {"op": "remove", "path": f'members[value eq "{member}"]'}
    for moves, (operation, count) in enumerate([(add, 1), (remove, 0)], start=1):
        assert set(at_once(WRITERS, lambda _, move=operation: scim_status(organization, secret, path, move))) == {200}
        group = Group.objects.get(organization=organization)
        assert (group.member_count, group.memberships.count(), group.version) == (count, count, 1 + moves)
        assert AuditEvent.objects.filter(action="group.members_changed").count() == moves


def scim_status(organization, secret, path, operation):
    return ScimClient(organization, secret).patch(path, operation).status_code


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_without_etags_lose_no_change():
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    client = ScimClient(organization, secret)
    path = f"/Users/{client.post('/Users', {'userName': 'neo@zion.example'}).document['id']}"

    def change(index):
        operation = {"op": "add", "path": "phoneNumbers", "value": [{"value": f"+47 {index}", "type": "other"}]}
        return ScimClient(organization, secret).patch(path, operation).status_code

    assert set(at_once(WRITERS, change)) == {200}
    numbers = client.get(path).document["phoneNumbers"]
    assert {number["value"] for number in numbers} == {f"+47 {index}" for index in range(WRITERS)}
    assert User.objects.get().version == WRITERS + 1
    assert AuditEvent.objects.filter(action="user.updated").count() == WRITERS


@pytest.mark.django_db(transaction=True)
def test_one_of_fifty_deletes_finds_the_user_while_groups_are_joined():
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    client = ScimClient(organization, secret)
    user = client.post("/Users", {"userName": "neo@zion.example"}).document["id"]
    group = client.post("/Groups", {"displayName": "Crew"}).document["id"]

    def act(index):
        own = ScimClient(organization, secret)
        if index % 2:
            return own.delete(f"/Users/{user}").status_code
        operation = {"op": "add", "path": "members", "value": [{"value": user}]}
        return own.patch(f"/Groups/{group}", operation).status_code

    answers = at_once(WRITERS, act)
    assert [answers[index] for index in range(1, WRITERS, 2)].count(204) == 1
    assert set(answers) <= {200, 204, 404}
    assert AuditEvent.objects.filter(action="user.purged").count() == 1
    assert (Group.objects.get().member_count, Membership.objects.count()) == (0, 0)


def begin(ready, finish, work):
    """Run `work` in a separate transaction that stays open until `finish` is set."""

    def run():
        try:
            with transaction.atomic():
                work()
                ready.set()
                finish.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(60)
    return thread


def answer_behind(work, ask):
    """The status of a request that is sent before `work` is committed, and waits for it."""
    ready, finish, answers = threading.Event(), threading.Event(), []
    first = begin(ready, finish, work)

    def second():
        try:
            answers.append(ask().status_code)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    servers.wait_for(lambda: answers or waiting_for_locks(), message="the request neither waited nor was answered")
    assert not answers, "it waits"
    finish.set()
    first.join()
    thread.join()
    return answers.pop()


def invite(user):
    Invitation.objects.create(user=user, digest=b"x" * 32, expires_at=Now() + timedelta(days=7))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["token", "session", "invitation"])
def test_access_granted_during_a_deactivation_is_revoked(kind):
    """It is not committed when the deactivation begins, and is when it ends. No access survives a reactivation."""
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    factories.make_admin(organization, "trinity@example.com")
    account, _ = factories.make_admin(organization)
    user = account.user

    def make():
        if kind == "token":
            factories.make_token(organization, user=user)
        elif kind == "session":
            factories.browser(account)
        else:
            invite(user)

    client, body = ScimClient(organization, secret), {"op": "replace", "path": "active", "value": False}
    assert answer_behind(make, lambda: client.patch(f"/Users/{user.pk}", body)) == 200
    event = AuditEvent.objects.get(action="user.deactivated")
    assert sum(event.details["revoked"].values()) == 1
    assert not user.tokens.filter(revoked_at=None).exists()
    assert not Session.objects.filter(account=account).exists()
    assert not Invitation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["token", "invitation"])
def test_first_access_granted_during_a_delete_is_revoked(kind):
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    user = factories.make_user(organization)

    def give():
        if kind == "token":
            factories.make_token(organization, user=user)
        else:
            invite(user)

    assert answer_behind(give, lambda: ScimClient(organization, secret).delete(f"/Users/{user.pk}")) == 204
    event = AuditEvent.objects.get(action="user.purged")
    assert sum(event.details["revoked"].values()) == 1
    assert not User.objects.exists()


@pytest.mark.django_db
def test_inactive_user_gets_no_access():
    organization = factories.make_organization()
    user = factories.make_user(organization, active=False)
    with pytest.raises(InvalidSettingError, match="Inactive"):
        factories.make_token(organization, user=user)
    with pytest.raises(IntegrityError, match="Inactive"), transaction.atomic():
        invite(user)
