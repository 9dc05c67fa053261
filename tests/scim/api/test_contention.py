"""Requests that write to a locked resource do not occupy all threads."""

from collections import Counter
from contextlib import contextmanager
from itertools import count

import psycopg
import pytest
from cachetools import TTLCache
from django.db import connection

from scim.api.contention import CONTENTION
from tests import factories, servers

pytestmark = pytest.mark.django_db(transaction=True)
TITLES = count()


def new_title():
    """A change. An update without a change takes no lock."""
    return {"op": "replace", "path": "title", "value": f"{next(TITLES)}"}


WRITES = {
    "put": lambda scim, user: scim.put(f"/Users/{user.pk}", {"userName": "neo@example.com"}),
    "patch": lambda scim, user: scim.patch(f"/Users/{user.pk}", new_title()),
    "delete": lambda scim, user: scim.delete(f"/Users/{user.pk}"),
}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(CONTENTION, "_locked", {})
    monkeypatch.setattr(CONTENTION, "_writers", Counter())
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    yield
    connection.close()


@pytest.fixture
def user(organization):
    return factories.make_user(organization, "neo@example.com")


@contextmanager
def locked(user):
    with psycopg.connect(servers.database_url()) as other:
        other.execute("SELECT 1 FROM controlhub_user WHERE id = %s FOR UPDATE", [user.pk])
        yield
        other.rollback()


@contextmanager
def another_writer(user):
    """Simulate another request in this process that is changing the user."""
    with CONTENTION.turn((user.organization_id, str(user.pk))):
        yield


@pytest.mark.parametrize("method", WRITES)
def test_second_writer_of_a_locked_user_gets_503_immediately(scim, user, method):
    with locked(user):
        assert WRITES["patch"](scim, user).status_code == 503
    with another_writer(user):
        answer = WRITES[method](scim, user)
        assert (answer.status_code, "Retry-After" in answer) == (503, True)
        assert "Another request is waiting" in answer.document["detail"], "it did not try"
        assert scim.get(f"/Users/{user.pk}").status_code == 200
    assert WRITES[method](scim, user).status_code in {200, 204}


def test_writers_of_an_unlocked_user_do_not_exclude_each_other(scim, user):
    with another_writer(user):
        assert WRITES["patch"](scim, user).status_code == 200


def test_another_user_and_another_organization_are_not_affected(scim, user, organization, other_organization):
    neighbor = factories.make_user(organization, "trinity@example.com")
    with locked(user):
        assert WRITES["patch"](scim, user).status_code == 503
    with another_writer(user):
        assert WRITES["patch"](scim, neighbor).status_code == 200
        with CONTENTION.turn((other_organization.pk, str(user.pk))):
            pass


def test_lock_is_forgotten_after_a_while_and_after_a_success(scim, user, monkeypatch):
    with locked(user):
        assert WRITES["patch"](scim, user).status_code == 503
    with monkeypatch.context() as patch, another_writer(user):
        patch.setattr(CONTENTION, "_locked", TTLCache(1, ttl=0))
        assert WRITES["patch"](scim, user).status_code == 200
    with locked(user):
        assert WRITES["patch"](scim, user).status_code == 503
    assert WRITES["patch"](scim, user).status_code == 200
    with another_writer(user):
        assert WRITES["patch"](scim, user).status_code == 200


def test_failed_write_ends_the_turn(scim, user):
    for _ in range(3):
        with locked(user):
            answer = WRITES["patch"](scim, user)
            assert "Another request" not in answer.document["detail"]
    assert not CONTENTION._writers
    assert scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "id", "value": "x"}).status_code == 400
    assert not CONTENTION._writers
