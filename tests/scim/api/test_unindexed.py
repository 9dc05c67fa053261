"""Queries without an index have a time limit and take turns. So do queries whose index finds too many rows."""

from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Now

from controlhub.models import AccessToken, PagePosition, RowCount, User
from controlhub.sql import counts, selection
from controlhub.sql import pages as sql_pages
from scim.api import listing
from scim.resources import pages, turns
from tests import factories
from tests.conftest import ScimClient
from tests.servers import wait_for

UNINDEXED = [
    '/Users?filter=title eq "Guide"',
    "/Users?sortBy=title",
    '/Users?filter=title eq "Guide" or userName eq "a@example.com"',
    '/Users?filter=not (userName eq "a@example.com")',
    "/Users?sortBy=title&cursor=",
    '/Groups?filter=displayName co "Crew"',
    '/?filter=title eq "Guide"',
]
INDEXED = [
    "/Users",
    "/Users?startIndex=100000",
    "/Users?sortBy=displayName&sortOrder=descending",
    '/Users?filter=title eq "Guide" and userName eq "a@example.com"',
    '/Users?filter=displayName co "Ada" or name.familyName sw "Love"&sortBy=title',
]
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('unindexed:' || %s::text, 0))"


@pytest.fixture
def busy(scim):
    """Another process that runs such a query for the same token."""
    address = connection.get_connection_params()
    named = {name: address[name] for name in ("dbname", "user", "password", "host", "port") if name in address}
    other = psycopg.connect(**named)
    other.execute(LOCK, [AccessToken.objects.get().pk])
    yield other
    other.close()


@pytest.fixture
def large(organization):
    """An organization that appears to have too many rows to read quickly, although it has none."""
    many = turns.FEW_ROWS + 1
    return RowCount.objects.create(organization_id=organization.pk, kind="controlhub_user", rows=many)


@pytest.fixture
def slow(monkeypatch):
    """Make a page slower than the limit for queries without an index."""
    monkeypatch.setattr(turns, "seconds", lambda: 0.05)
    monkeypatch.setattr(turns, "MOMENT", 0.05)
    monkeypatch.setattr(sql_pages, "PAGE_COLUMNS", "id, document, version, moments, ordinal, pg_sleep(10)")


@pytest.mark.parametrize("path", UNINDEXED)
def test_only_one_query_without_an_index_runs_at_a_time(scim, busy, large, path):
    answer = scim.get(path)
    assert answer.status_code == 429, answer.document
    assert answer.headers["Retry-After"] == "2"
    assert "Send one at a time" in answer.document["detail"]


@pytest.mark.parametrize("path", INDEXED)
def test_queries_with_an_index_do_not_wait(scim, busy, large, path):
    assert scim.get(path).status_code == 200


@pytest.mark.parametrize("path", UNINDEXED)
def test_turn_ends_when_the_other_process_dies(scim, busy, large, path):
    busy.close()
    wait_for(lambda: scim.get(path).status_code == 200, message="the turn of a connection that is gone did not end")


def test_another_token_has_its_own_turn(scim, busy, large, organization):
    _, secret = factories.make_token(organization)
    assert ScimClient(organization, secret).get(UNINDEXED[0]).status_code == 200


@pytest.mark.parametrize("path", UNINDEXED)
def test_small_organization_can_run_several_at_once(scim, busy, path):
    assert scim.get(path).status_code == 200


def test_error_of_a_slow_query_names_the_indexed_attributes(scim, organization, slow):
    factories.make_user(organization, "a@example.com")
    answer = scim.get('/Users?filter=active eq true and not (title eq "Guide")')
    assert (answer.status_code, answer.document["scimType"]) == (400, "tooMany")
    assert "longer than 0.05 seconds" in answer.document["detail"]
    assert "name.familyName (eq, co, sw, ew)" in answer.document["detail"]
    assert "sortBy userName, displayName" in answer.document["detail"]


def test_slow_query_is_refused_while_another_one_runs(scim, organization, slow, busy):
    factories.make_user(organization, "a@example.com")
    answer = scim.get('/Users?filter=not (title eq "Guide")')
    assert answer.status_code == 429
    assert answer.headers["Retry-After"].isdigit()


def test_position_of_a_query_without_an_index_is_remembered(scim, organization):
    users = [str(factories.make_user(organization, f"user{n}@example.com").pk) for n in range(4)]
    assert scim.get("/Users?filter=not (title pr)&count=2").document["totalResults"] == 4
    found = scim.get("/Users?filter=not (title pr)&count=2&startIndex=3").document["Resources"]
    assert [user["id"] for user in found] == users[2:]
    assert PagePosition.objects.get().total == 4


@pytest.fixture
def few(monkeypatch):
    """Limit the rows that an index may find to three."""
    for module in (selection, counts, pages, listing):
        monkeypatch.setattr(module, "MOST_FOUND", 3)


MATCHING = [
    'userName co "user"',
    'userName ew "@example.com"',
    'userName sw "user"',
    'displayName co "Ada"',
    'name.familyName co "ove"',
    'name.familyName eq "lovelace"',
    'name.givenName sw "A"',
    'meta.created gt "2020-01-01T00:00:00Z"',
    "active eq false",
]


@pytest.mark.parametrize("query", MATCHING)
@pytest.mark.parametrize("number", [3, 4, 9])
@pytest.mark.parametrize("more", ["", "&sortBy=userName", "&sortBy=displayName&sortOrder=descending"])
def test_every_page_is_correct_for_any_number_of_rows_in_an_index(scim, organization, few, query, number, more):
    names = {"displayName": "Ada Lovelace", "name": {"familyName": "Lovelace", "givenName": "Ada"}}
    for n in range(number):
        factories.make_user(organization, f"user{n}@example.com", **names)
    factories.make_user(organization, "other@example.org")
    User.objects.filter(user_name_key__startswith="user").update(active=False, deactivated_at=Now())
    if query.startswith("meta.created"):
        User.objects.filter(user_name_key__startswith="other").update(created_at="2019-01-01T00:00:00Z")
    for page in ("startIndex={}", "cursor={}"):
        found, after = [], 1 if "start" in page else ""
        while after is not None:
            answer = scim.get(f"/Users?count=2&{page.format(after)}&filter={quote(query)}{more}").document
            assert answer["totalResults"] == number, answer
            found += [user["userName"] for user in answer["Resources"]]
            after = answer.get("nextCursor") if "cursor" in page else after + 2 if answer["Resources"] else None
        assert sorted(found) == [f"user{n}@example.com" for n in range(number)]


def test_too_many_matches_take_turns(scim, organization, few, busy, large):
    for n in range(4):
        factories.make_user(organization, f"user{n}@example.com")
    assert scim.get('/Users?count=2&filter=userName sw "user1"').status_code == 200
    assert scim.get('/Users?count=2&filter=userName sw "user"').status_code == 429
