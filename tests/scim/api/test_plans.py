"""No statement of a SCIM request scans a whole table: each can use an index that narrows it down."""

import json
import re
from urllib.parse import quote

import pytest
from django.db import connection
from django.db.models.functions import Now
from psycopg import ClientCursor

from bench.seed import add_people, document, user_name
from controlhub.models import Connection, User
from controlhub.sql.conditions import Condition, all_of
from tests import factories
from tests.plans import rewrite

PLANNABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


class Planner:
    """Explains each statement before it runs, using its generic plan (docs/decisions/0015)."""

    def __init__(self):
        self.scans, self.plans = [], []

    def __call__(self, execute, sql, params, many, context):
        if sql.lstrip().startswith(PLANNABLE):
            plan = self.explain(sql, params)
            self.plans.append(plan[0]["Plan"])
            self.scans += [f"{table}: {sql}" for table in scanned(plan[0]["Plan"])]
        return execute(sql, params, many, context)

    def explain(self, sql, params):
        used = []  # keys of params, in the order of their numbers

        def numbered(found):
            if found[0] == "%%":
                return "%"
            key = found[1] or len(used)
            if key not in used:
                used.append(key)
            return f"${used.index(key) + 1}"

        text = re.sub(r"%(?:\((\w+)\)s|s|%)", numbered, sql)
        values = ", ".join(ClientCursor(connection.connection).mogrify("%s", [params[key]]) for key in used)
        with connection.connection.cursor() as cursor:
            cursor.execute(f"PREPARE explained AS {text}".encode())
            cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE explained{f'({values})' if values else ''}".encode())
            [(plan,)] = cursor.fetchall()
            cursor.execute("DEALLOCATE explained")
        return plan


def scanned(node):
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for part in node.get("Plans", []):
        yield from scanned(part)


@pytest.fixture
def group(organization, scim):
    users = [factories.make_user(organization, f"user{index}@example.com", externalId=f"e{index}") for index in (1, 2)]
    inner = scim.post("/Groups", {"displayName": "Inner", "externalId": "i"}).document["id"]
    members = [{"value": str(pk)} for pk in (*(user.pk for user in users), inner)]
    return scim.post("/Groups", {"displayName": "Crew", "members": members}).document


def requests(group):
    """A request of each kind, in an order in which all succeed."""
    crew, (first, second) = f"/Groups/{group['id']}", [m["value"] for m in group["members"] if m["type"] == "User"]
    user = f"/Users/{first}"
    yield from (
        ("GET", path, None)
        for path in (
            user,
            crew,
            f"{crew}?attributes=members.display",
            f"{crew}/Members?count=1&startIndex=2",
            "/Users?count=1",
            "/Users?count=1&startIndex=2",
            "/Users?count=1&cursor=",
            "/Users?sortBy=userName",
            "/Groups?count=1&excludedAttributes=members",
            "/Groups",
            '/Users?filter=userName eq "user1@example.com"',
            '/Users?filter=userName sw "user1"',
            '/Users?filter=externalId eq "e1"',
            '/Users?filter=emails[type eq "work" and value eq "user1@example.com"]',
            '/Users?filter=emails.value eq "user1@example.com"',
            f'/Users?filter=id eq "{first}"',
            f'/Users?filter=groups.value eq "{group["id"]}"',
            '/Groups?filter=displayName eq "Crew"',
            '/Groups?filter=displayName sw "Crew"',
            '/Groups?filter=externalId eq "i"',
            f'/Groups?filter=members.value eq "{first}"',
            f'/Groups?filter=id eq "{group["id"]}" and members[value eq "{first}"]',
        )
    )
    yield "POST", "/Users", {"userName": "new@example.com", "externalId": "n"}
    yield "PUT", user, {"userName": "other@example.com"}
    yield "PATCH", user, factories.patch_body({"op": "replace", "path": "active", "value": False})
    yield "PATCH", user, factories.patch_body({"op": "replace", "path": "active", "value": True})
    yield "PATCH", crew, factories.patch_body({"op": "remove", "path": f'members[value eq "{second}"]'})
    yield "PATCH", crew, factories.patch_body({"op": "add", "path": "members", "value": [{"value": second}]})
    yield "PUT", crew, {"displayName": "Crew", "members": [{"value": second}]}
    yield "PATCH", crew, factories.patch_body({"op": "remove", "path": "members"})
    yield "DELETE", crew, None
    yield "DELETE", user, None


def test_every_request_uses_indexes(scim, group):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    planner = Planner()
    for method, path, body in requests(group):
        with connection.execute_wrapper(planner):
            response = scim.call(method, path, body)
        assert response.status_code < 300, (method, path, response.content)
        assert not planner.scans, (method, path, planner.scans)


def test_planner_detects_a_scan(organization):
    planner = Planner()
    with connection.execute_wrapper(planner), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM controlhub_membership WHERE created_at < now()")
    assert planner.scans


def nodes(plan):
    yield plan["Node Type"]
    for part in plan.get("Plans", []):
        yield from nodes(part)


def test_index_is_not_combined_with_all_users_of_an_organization(organization, other_organization, scim):
    """If addresses exist in several organizations, a plan would combine both indexes."""
    for tenant, size in ((organization, 4_000), (other_organization, 500)):
        add_people(tenant, size)
    rewrite("controlhub_user")
    planner = Planner()
    for query in (
        f'emails[type eq "work" and value eq "{user_name(123)}"]',
        f'emails.value eq "{user_name(123)}"',
        f'displayName co "{document(123)["displayName"]}"',
        f'displayName eq "{document(123)["displayName"]}"',
        f'displayName sw "{document(123)["displayName"]}"',
        f'displayName ew "{document(123)["displayName"]}"',
    ):
        with connection.execute_wrapper(planner):
            assert scim.get(f"/Users?filter={quote(query)}").document["totalResults"] == 1
    used = [kind for plan in planner.plans for kind in nodes(plan)]
    # Depending on statistics, `eq` and `sw` of names may use their ordered index instead.
    assert used.count("Bitmap Heap Scan") >= 4
    assert "BitmapAnd" not in used


@pytest.mark.parametrize(
    ("other", "hides_organization"),
    [
        (Condition("user_name_key = 'x'", finds_few=True), False),
        (Condition("active"), True),
        (Condition("emails", hides_organization=True), True),
    ],
)
def test_index_is_used_alone_unless_another_finds_fewer_rows(other, hides_organization):
    """Without the organization's ID in the conditions, no index that begins with it can be used."""
    part = Condition("suffixes", is_looked_up_first=True, hides_organization=True)
    assert all_of([part, other]).hides_organization is hides_organization


def test_inactive_users_with_an_external_id_are_found_with_a_separate_index(organization, scim):
    """Even if many users share the externalId, Active or owned by other connections. Here, all have the same one."""
    add_people(organization, 1_500)
    owner = Connection.objects.get()
    User.objects.update(external_id="same", connection=owner)
    inactive = User.objects.filter(pk__in=User.objects.values("pk")[:600])
    inactive.update(active=False, deactivated_at=Now(), original_user_name="deleted")
    rewrite("controlhub_user")
    alone, *together = [{"userName": f"new{number}@example.com", "externalId": "same"} for number in range(3)]
    operations = [{"method": "POST", "path": "/Users", "bulkId": d["userName"], "data": d} for d in together]
    for path, body in (("/Users", alone), ("/Bulk", {"Operations": operations})):
        planner = Planner()
        with connection.execute_wrapper(planner):
            scim.post(path, body)
        used = [node for plan in planner.plans for node in indexes(plan)]
        assert "user_revival" in used
        assert "user_external_id" not in used
    assert User.objects.filter(user_name__startswith="new").count() == 3


def indexes(plan):
    """The indexes that a plan reads."""
    if "Index Name" in plan:
        yield plan["Index Name"]
    for part in plan.get("Plans", []):
        yield from indexes(part)


def test_user_in_a_name_filter_is_found_with_the_index_of_names(organization, scim):
    """However many users match the other condition."""
    add_people(organization, 4_000)
    rewrite("controlhub_user")
    planner = Planner()
    name, part = user_name(123), document(123)["displayName"][:2]
    with connection.execute_wrapper(planner):
        found = scim.get(
            f"/Users?filter={quote(f'displayName co {json.dumps(part)} and userName eq {json.dumps(name)}')}"
        )
    assert found.document["totalResults"] == 1
    assert "user_name_unique" in json.dumps(planner.plans)
    assert "user_parts_of_names" not in json.dumps(planner.plans)
