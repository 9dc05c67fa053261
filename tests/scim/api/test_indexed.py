"""The filters and sort orders that the handbook calls indexed read only the rows that they find, and a few others."""

import json
from urllib.parse import quote

import pytest
from django.db import connection

from bench.seed import add_people, document, user_name
from scim.protocol.nodes import Operator
from scim.resources.catalogue import standard
from tests import factories
from tests.plans import RowsRead, rewrite

PEOPLE = 1_000
ONE = 700
USERS, GROUPS = (standard().by_endpoint[name] for name in ("Users", "Groups"))
INDEXES = {
    "/Users": {
        "id": ("controlhub_user_pkey",),
        "userName": ("user_name_unique", "user_parts_of_names"),
        "displayName": ("user_display_name_order", "user_parts_of_names"),
        "name.familyName": ("user_family_name_order", "user_parts_of_names"),
        "name.givenName": ("user_given_name_order", "user_parts_of_names"),
        "externalId": ("user_external_id",),
        "active": ("user_retention",),
        "emails.value": ("user_emails",),
        "groups.value": ("membership_user",),
        "meta.created": ("user_created_order",),
    },
    "/Groups": {
        "id": ("controlhub_group_pkey",),
        "displayName": ("group_display_name_order",),
        "externalId": ("group_external_id",),
        "members.value": ("membership_of_user",),
    },
}


@pytest.fixture
def people(organization):
    """The IDs of many users and groups. ONE differs from the others in every attribute except `meta.created`."""
    ids = add_people(organization, PEOPLE)
    factories.make_user(organization, "x@example.com")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE controlhub_user SET given_name = 'Zacharias', active = FALSE, deactivated_at = now() WHERE id = %s",
            [ids[ONE]],
        )
        cursor.execute(
            "UPDATE controlhub_user SET created_at = date_trunc('second', now()) - ordinal * interval '1 minute'"
        )
        cursor.execute(
            """INSERT INTO controlhub_group (id, organization_id, document, display_name, display_name_key, external_id,
                member_count, version)
            SELECT gen_random_uuid(), %s, '{"displayName": "Group"}', 'group ' || n, 'group ' || n, 'g' || n, 1, 1
            FROM generate_series(0, %s) AS n""",
            [organization.pk, PEOPLE - 1],
        )
        cursor.execute(
            """INSERT INTO controlhub_membership (group_id, user_id)
            SELECT g.id, u.id FROM controlhub_group g JOIN unnest(%s::uuid[]) WITH ORDINALITY AS u(id, n)
            ON g.external_id = 'g' || (u.n - 1)""",
            [ids],
        )
        cursor.execute("SELECT id FROM controlhub_group WHERE external_id = %s", [f"g{ONE}"])
        (group,) = cursor.fetchone()
    rewrite("controlhub_user", "controlhub_group", "controlhub_membership")
    return ids[ONE], group


def value_of(handler, name, operator, people):
    """A value that only ONE has, at the position that the operator examines."""
    user, group = map(str, people)
    if handler is GROUPS:
        values = {"id": group, "displayName": f"group {ONE}", "externalId": f"g{ONE}", "members.value": user}
        return values[name]
    body = document(ONE)
    values = {
        "id": user,
        "userName": user_name(ONE),
        "displayName": body["displayName"],
        "name.familyName": body["name"]["familyName"],
        "name.givenName": "Zacharias",
        "externalId": body["externalId"],
        "emails.value": user_name(ONE),
        "groups.value": group,
    }
    value = values[name]
    return {Operator.SW: value[:-1], Operator.CO: value[1:-1], Operator.EW: value[1:]}.get(operator, value)


def created_bound(operator):
    """A time that few users match: equal, later or earlier, depending on the operator."""
    order = {Operator.EQ: "ASC OFFSET 5", Operator.GT: "DESC OFFSET 5", Operator.GE: "DESC OFFSET 5"}
    with connection.cursor() as cursor:
        tail = order.get(operator, "ASC OFFSET 5")
        cursor.execute(f"SELECT created_at FROM controlhub_user ORDER BY created_at {tail} LIMIT 1")
        return cursor.fetchone()[0].isoformat()


@pytest.mark.parametrize("handler", [USERS, GROUPS], ids=["users", "groups"])
def test_indexed_filter_reads_few_rows(scim, people, handler):
    for name, comparisons in handler.indexed.filters.items():
        for comparison in comparisons:
            operator, _, fixed = comparison.partition(" ")
            if name == "meta.created":
                value = created_bound(Operator(operator))
            else:
                value = json.loads(fixed) if fixed else value_of(handler, name, Operator(operator), people)
            text, read = f"{name} {operator} {json.dumps(value)}", RowsRead()
            with connection.execute_wrapper(read):
                found = scim.get(f"{handler.endpoint}?count=5&filter={quote(text)}").document
            assert 1 <= found["totalResults"] <= 20, text
            assert set(read.by_index) & set(INDEXES[handler.endpoint][name]), (text, read.by_index)
            table = handler.bindings.table.name
            assert 0 < read.by_table[table] <= 3 * found["totalResults"] + 5, (text, read.by_table)


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("handler", [USERS, GROUPS], ids=["users", "groups"])
def test_indexed_sort_reads_the_rows_of_the_page(scim, people, handler, order):
    for name in handler.indexed.sorts:
        cursor, index = "", INDEXES[handler.endpoint][name][0]
        for _ in range(3):
            read = RowsRead()
            with connection.execute_wrapper(read):
                path = f"{handler.endpoint}?sortBy={name}&sortOrder={order}&count=10&cursor={cursor}"
                cursor = scim.get(path).document["nextCursor"]
            assert 10 <= read.by_index[index] <= 13, (name, read.by_index)


def test_handbook_lists_the_expected_indexes():
    for handler in (USERS, GROUPS):
        assert set(INDEXES[handler.endpoint]) == {*handler.indexed.filters, *handler.indexed.sorts}
