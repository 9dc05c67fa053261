"""Rows are locked in one order: group, user, membership. No two member changes can deadlock."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from controlhub.actions.organizations import change_policies
from controlhub.models import Group, Membership, User
from controlhub.sql import memberships
from tests import factories, servers
from tests.conftest import ScimClient
from tests.threads import waiting_for_locks


def member_operation(op, user):
    if op == "remove":
        return {"op": "remove", "path": f'members[value eq "{user.pk}"]'}
    return {"op": "add", "path": "members", "value": [{"value": str(user.pk)}]}


REQUESTS = {
    "add a member": (False, lambda client, group, user: client.patch(group, member_operation("add", user))),
    "add a member again": (True, lambda client, group, user: client.patch(group, member_operation("add", user))),
    "remove a member": (True, lambda client, group, user: client.patch(group, member_operation("remove", user))),
    "delete the user": (True, lambda client, group, user: client.delete(f"/Users/{user.pk}")),
    "delete the user, who can be recovered": (True, lambda client, group, user: client.delete(f"/Users/{user.pk}")),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("request_of", REQUESTS)
def test_request_that_waits_for_a_group_holds_no_lock_on_its_members(request_of):
    is_member, ask = REQUESTS[request_of]
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    if "recovered" in request_of:
        change_policies(organization, changes={"scim_delete": "soft"}, actor=factories.COMMAND)
    user = factories.make_user(organization)
    members = [{"value": str(user.pk)}] if is_member else []
    body = {"displayName": "Crew", "members": members}
    group = Group.objects.get(pk=ScimClient(organization, secret).post("/Groups", body).document["id"])

    def send():
        try:
            return ask(ScimClient(organization, secret), f"/Groups/{group.pk}", user).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            Group.objects.select_for_update().get(pk=group.pk)
            answer = pool.submit(send)
            servers.wait_for(waiting_for_locks, message="the request does not wait for the group")
            cursor.execute("SET LOCAL lock_timeout = '500ms'")  # before PostgreSQL detects a deadlock, after a second
            memberships.remove(organization.pk, group.pk, [user.pk])
            memberships.add_users(organization.pk, group.pk, [user.pk])
            User.objects.select_for_update(of=("self",)).get(pk=user.pk)
            Group.objects.filter(pk=group.pk).update(member_count=1)
        assert answer.result() in {200, 204}
    group.refresh_from_db()
    assert group.member_count == Membership.objects.count()
