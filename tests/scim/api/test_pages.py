"""Index pages: a total order, matching totals, and pagination that returns each ID once while others write."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models.functions import Now

from controlhub.models import PagePosition, RowCount, User
from controlhub.tasks import merge_row_counts, sweep_page_positions
from tests import factories
from tests.conftest import ScimClient
from tests.plans import RowsRead, rewrite


@pytest.fixture
def people(organization):
    return [str(factories.make_user(organization, f"user{index:02}@example.com").pk) for index in range(20)]


def page(scim, start, count=4, more=""):
    document = scim.get(f"/Users?startIndex={start}&count={count}{more}").document
    assert document["itemsPerPage"] == len(document["Resources"])
    return document, [user["id"] for user in document["Resources"]]


@pytest.mark.parametrize("more", ["", '&filter=userName sw "user"', "&filter=active eq true", "&sortBy=userName"])
@pytest.mark.parametrize("count", [1, 3, 4, 7, 20, 50])
def test_pages_contain_each_id_once(scim, people, more, count):
    found, start = [], 1
    while True:
        document, ids = page(scim, start, count, more)
        assert (document["totalResults"], document["startIndex"]) == (20, start)
        if not ids:
            break
        found += ids
        start += len(ids)
    assert found == people


@pytest.mark.parametrize("more", ["", '&filter=userName sw "user"'])
def test_pages_contain_each_id_once_while_others_write(scim, people, organization, more):
    _, first = page(scim, 1, 4, more)
    for pk in first[:3]:
        scim.delete(f"/Users/{pk}")
    factories.make_user(organization, "user99@example.com")
    _, second = page(scim, 5, 4, more)
    scim.delete(f"/Users/{people[9]}")
    _, third = page(scim, 9, 4, more)
    assert first + second + third == people[:9] + people[10:13]


def test_page_requested_again_shows_the_current_list(scim, people):
    assert page(scim, 9)[1] == page(scim, 9)[1] == people[8:12]
    for pk in people[:4]:
        scim.delete(f"/Users/{pk}")
    assert page(scim, 9)[1] == people[12:16]


def test_two_clients_page_independently(scim, people, organization):
    _, secret = factories.make_token(organization)
    other = ScimClient(organization, secret)
    page(scim, 1)
    for pk in people[:4]:
        scim.delete(f"/Users/{pk}")
    assert page(other, 1)[1] == people[4:8]
    assert page(scim, 5)[1] == people[4:8]
    assert page(other, 5)[1] == people[8:12]


@pytest.mark.parametrize("start", [11, 12, 16, 17, 20])
def test_page_in_the_second_half_can_be_requested_directly(scim, people, start):
    assert page(scim, start)[1] == people[start - 1 : start + 3]


@pytest.mark.parametrize("start", [21, 1_000, 2**40])
def test_page_past_the_end_is_empty(scim, people, start):
    document, ids = page(scim, start)
    assert (document["totalResults"], ids) == (20, [])


def test_totals_follow_creation_deletion_and_deactivation(scim, organization, people):
    def total():
        return scim.get("/Users?count=0").document["totalResults"]

    assert total() == 20
    scim.post("/Users", {"userName": people[0]})
    scim.post("/Users", {"userName": people[0]})  # 409: no user is created
    assert total() == 21
    scim.delete(f"/Users/{people[0]}")
    scim.patch(f"/Users/{people[1]}", {"op": "replace", "path": "active", "value": False})
    assert total() == 20
    assert scim.get("/Users?count=1").document["totalResults"] == 20
    assert sum(RowCount.objects.filter(kind="controlhub_user").values_list("removed", flat=True)) == 1


def test_pagination_is_stored_in_one_row(scim, people):
    for start in (1, 5, 9):
        page(scim, start)
    assert PagePosition.objects.count() == 1


def test_number_of_stored_positions_per_token_is_limited(scim, people):
    """Each list continues correctly, even if another one took its slot."""
    filters = [f'userName sw "user" and userName ne "{number}"' for number in range(PagePosition.SLOTS * 2)]
    for text in filters:
        assert page(scim, 1, 2, f"&filter={quote(text)}")[1] == people[:2]
    assert PagePosition.objects.count() <= PagePosition.SLOTS
    for text in filters:
        assert page(scim, 3, 2, f"&filter={quote(text)}")[1] == people[2:4]


def test_missing_attribute_of_another_type_does_not_match_at_the_root(scim, people):
    group = scim.post("/Groups", {"displayName": "user"}).document["id"]
    found = scim.get('/?filter=userName eq "user00@example.com" or displayName eq "user"').document["Resources"]
    assert [resource["id"] for resource in found] == [people[0], group]
    assert scim.get('/?filter=not (userName sw "user")').document["totalResults"] == 1
    assert scim.get("/?filter=userName pr").document["totalResults"] == 20
    assert scim.get('/?filter=meta.resourceType eq "Group"').document["totalResults"] == 1
    assert scim.get('/?filter=nonsense eq "x"').document["scimType"] == "invalidFilter"


BUCKET = 1 << RowCount.BUCKET_BITS


def skip_ordinals(count):
    """Continue the order of creation after a gap, as if other organizations had added resources."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('controlhub_ordinal', nextval('controlhub_ordinal') + %s)", [count])


def spread_people(organization, sizes):
    """Create this many users in each of several buckets of ordinals. Returns their IDs in order."""
    ids = []
    for number, size in enumerate(sizes):
        skip_ordinals(BUCKET)
        names = [f"bucket{number}.{index}@example.com" for index in range(size)]
        ids += [str(factories.make_user(organization, name).pk) for name in names]
    return ids


def test_page_is_found_from_any_start_index(scim, organization, other_organization):
    """No earlier page was requested, and users have been created, deleted, hidden and restored."""
    ids = spread_people(organization, [3, 1, 5, 2, 4])
    spread_people(other_organization, [2])
    for pk in (ids[0], ids[3], ids[5]):
        scim.delete(f"/Users/{pk}")
    User.objects.filter(pk__in=[ids[8], ids[9]]).update(hidden=True)
    User.objects.filter(pk=ids[9]).update(hidden=False)
    left = [pk for pk in ids if pk not in {ids[0], ids[3], ids[5], ids[8]}]
    for start in range(1, len(left) + 3):
        PagePosition.objects.all().delete()
        document, found = page(scim, start, 2)
        assert (document["totalResults"], found) == (len(left), left[start - 1 : start + 1])


def test_page_is_found_without_reading_earlier_pages(scim, organization):
    ids = spread_people(organization, [30, 30, 30])
    rewrite("controlhub_user")
    read = RowsRead()
    with connection.execute_wrapper(read):
        assert page(scim, 50, 2)[1] == ids[49:51]
    assert 0 < read.by_index["user_page"] <= 30 / 2 + 2 + 1, read.by_index


def test_counters_of_a_full_bucket_are_merged(organization):
    def counters():
        return RowCount.objects.filter(organization_id=organization.pk, kind="controlhub_user")

    factories.make_user(organization, "first@example.com")
    bucket = counters().get().bucket
    RowCount.objects.create(organization_id=organization.pk, kind="controlhub_user", bucket=bucket, rows=4, removed=3)
    assert merge_row_counts() == 0, "users are still added to this bucket"
    skip_ordinals(BUCKET)
    factories.make_user(organization, "second@example.com")
    assert merge_row_counts() == 2
    merged = counters().get(bucket=bucket)
    assert (merged.rows, merged.removed) == (5, 3)
    assert counters().count() == 2


def test_positions_older_than_a_day_are_deleted(scim, people):
    page(scim, 1)
    assert sweep_page_positions() == 0
    assert PagePosition.objects.update(noted_at=Now() - timedelta(days=1, seconds=1)) == 1
    assert sweep_page_positions() == 1
    assert not PagePosition.objects.exists()


@pytest.mark.parametrize("is_nested", [False, True], ids=["groups", "nested groups"])
@pytest.mark.parametrize("more", ["", "&sortBy=displayName", "&cursor=", "&attributes=groups,meta,name"])
def test_list_contains_the_same_documents_as_single_requests(scim, is_nested, more):
    odd = 'Ünal “Zoë” \\ "\x7f" {x}, 𐐷'
    body = {"displayName": odd, "name": {"formatted": odd}, "title": "\t\n"}
    ids = [scim.post("/Users", {"userName": f"odd{n}@example.com", **body}).document["id"] for n in range(3)]
    for name, members in ((f"Crew {odd}", ids[:2]), ("Alone", ids[1:2])):
        inner = scim.post("/Groups", {"displayName": name, "members": [{"value": pk} for pk in members]}).document
    if is_nested:
        scim.post("/Groups", {"displayName": "Outer", "members": [{"value": inner["id"]}]})
    changed = scim.patch(f"/Users/{ids[2]}", {"op": "replace", "path": "title", "value": "other"})
    assert changed.document["title"] == "other"
    listed = scim.get(f"/Users?count=10{more}").document["Resources"]
    assert len(listed) == 3
    wanted = more.replace("&", "?") if "attributes" in more else ""
    for user in listed:
        answer = scim.get(f"/Users/{user['id']}{wanted}")
        assert user == answer.document
        assert user["meta"]["version"] == answer.headers["ETag"]
    for group in scim.get("/Groups").document["Resources"]:
        assert group == scim.get(f"/Groups/{group['id']}").document
