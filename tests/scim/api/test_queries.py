"""What a request may cost in SQL statements, whatever the number of users."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories


@pytest.fixture
def crowd(organization, scim):
    users = [
        factories.make_user(organization, f"user{index}@example.com", externalId=f"e{index}") for index in range(120)
    ]
    scim.get("/Users?count=1")  # the first use of a token writes when it was used
    return users


def statements(call):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = call()
    assert response.status_code < 300, response.content
    return [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_get_takes_two(scim, crowd):
    assert len(statements(lambda: scim.get(f"/Users/{crowd[0].pk}"))) <= 2


@pytest.mark.parametrize(
    "query", ["count=100", 'filter=userName eq "user7@example.com"', 'filter=externalId eq "e7"', "count=0"]
)
def test_list_takes_three(scim, crowd, query):
    assert len(statements(lambda: scim.get(f"/Users?{query}"))) <= 3


def test_patch_takes_four(scim, crowd):
    operation = {"op": "replace", "path": "displayName", "value": "Somebody"}
    found = statements(lambda: scim.patch(f"/Users/{crowd[0].pk}", operation))
    assert len(found) <= 4, "\n".join(found)
