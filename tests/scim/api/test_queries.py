"""The number of SQL statements per request, which does not depend on the number of users."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from controlhub.actions.organizations import change_policies
from tests import factories


@pytest.fixture
def crowd(organization, scim):
    users = [
        factories.make_user(organization, f"user{index}@example.com", externalId=f"e{index}") for index in range(120)
    ]
    scim.get("/Users?count=1")  # the first request with a token writes when it was used,
    scim.get("/Users?count=1")  # the second one caches it
    return users


def statements(call):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = call()
    assert response.status_code < 300, response.content
    return [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 1),
        ("count=100", 1),
        ("startIndex=41&count=40", 1),
        ("startIndex=81&count=100", 1),
        ("startIndex=500", 1),
        ('filter=userName eq "user7@example.com"', 1),
        ('filter=externalId eq "e7"', 1),
        ('filter=userName sw "user"&count=10', 2),
        ("sortBy=userName&count=10", 2),
        ("count=0", 1),
        ("cursor=&count=10", 2),
    ],
)
def test_number_of_statements_of_lists(scim, crowd, query, expected):
    assert len(statements(lambda: scim.get(f"/Users?{query}"))) == expected


def test_groups_on_a_page_are_read_with_the_same_statement(scim, crowd):
    for number in range(3):
        members = [{"value": str(user.pk)} for user in crowd[number::3]]
        assert scim.post("/Groups", {"displayName": f"Group {number}", "members": members}).status_code == 201
    assert len(statements(lambda: scim.get("/Users?count=100"))) == 1
    assert len(statements(lambda: scim.get('/Users?filter=userName eq "user7@example.com"'))) == 1


def test_one_resource_needs_one_statement(scim, crowd):
    group = scim.post("/Groups", {"displayName": "Crew", "members": [{"value": str(crowd[0].pk)}]}).document["id"]
    assert len(statements(lambda: scim.get(f"/Users/{crowd[0].pk}"))) == 1
    assert len(statements(lambda: scim.get(f"/Groups/{group}"))) == 1
    assert len(statements(lambda: scim.get(f"/Groups/{group}?excludedAttributes=members"))) == 1


def test_number_of_statements_of_writes(scim, crowd):
    path = f"/Users/{crowd[0].pk}"

    def switch(active):
        return lambda: scim.patch(path, {"op": "replace", "path": "active", "value": active})

    operation = {"op": "replace", "path": "displayName", "value": "Somebody"}
    assert len(statements(lambda: scim.post("/Users", {"userName": "new@example.com"}))) == 1
    assert len(statements(lambda: scim.post("/Users", {"userName": "new2@example.com", "externalId": "new"}))) == 1
    assert len(statements(lambda: scim.patch(path, operation))) == 2
    assert len(statements(lambda: scim.put(path, {"userName": "user0@example.com", "title": "Pilot"}))) == 2
    assert len(statements(switch(active=False))) == 2
    assert len(statements(switch(active=True))) == 2
    assert len(statements(lambda: scim.delete(path))) == 2


def test_number_of_statements_of_a_recoverable_deletion(organization, scim, crowd):
    """They lock the groups, lock the user, remove the memberships, delete the user, and hide the user."""
    change_policies(organization, changes={"scim_delete": "soft"}, actor=factories.COMMAND)
    scim.get("/Users?count=1")  # the organization has changed, so its token is no longer cached
    assert len(statements(lambda: scim.delete(f"/Users/{crowd[0].pk}"))) == 5


def test_number_of_statements_of_a_revival(scim, crowd):
    """Revivals are rare: attempt to create, search, lock the groups, lock the user, two steps for roles, change."""
    user = scim.post("/Users", {"userName": "old@example.com", "externalId": "e"}).document["id"]
    scim.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    sent = statements(lambda: scim.post("/Users", {"userName": "new@example.com", "externalId": "e"}))
    assert len([sql for sql in sent if not sql.startswith("ROLLBACK")]) == 7


def test_number_of_statements_of_member_changes(scim, crowd):
    group = scim.post("/Groups", {"displayName": "Crew"}).document["id"]
    path, member = f"/Groups/{group}?excludedAttributes=members", {"value": str(crowd[0].pk)}
    add = {"op": "add", "path": "members", "value": [member]}
    remove = {"op": "remove", "path": f'members[value eq "{member["value"]}"]'}
    assert len(statements(lambda: scim.patch(path, add))) == 2
    assert len(statements(lambda: scim.patch(path, remove))) == 2
