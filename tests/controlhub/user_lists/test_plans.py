"""No list reads all users: the number of rows that a page reads is limited by its filter."""

import pytest
from django.db import connection

from bench.portal.fill import make_place
from controlhub.user_lists import Criteria, load_page
from controlhub.user_lists.cursors import cursor_of
from controlhub.user_lists.orders import order_of
from controlhub.user_lists.pages import MOST_SORTED
from tests.plans import RowsRead, rewrite

PAGE = 25
FEW = 400
"""The rows that a page may read if an index has its order, or if its filter matches few users."""
MANY = 2 * MOST_SORTED + FEW
CASES = [
    *(({}, sort, FEW) for sort in ("name", "-name", "email", "-email", "created", "-created")),
    ({"status": "active"}, "name", MANY),
    ({"status": "inactive"}, "deletion", MANY),
    ({"status": "inactive"}, "name", MOST_SORTED + FEW),
    ({"status": "inactive"}, "-name", MOST_SORTED + FEW),
    ({"tab": "deleted"}, "-name", FEW),
    ({"status": "not_verified"}, "name", FEW),
    ({"role": "any"}, "email", FEW),
    ({"domain": "labs.example"}, "name", FEW),
    ({"domain": "northwind.example"}, "name", MANY),
    ({"connection": "none"}, "created", FEW),
    ({"due": "7"}, "deletion", FEW),
    ({"errors": "yes"}, "name", FEW),
    ({"errors": "yes", "domain": "northwind.example"}, "created", FEW),
    ({"tab": "deleted"}, "deletion", FEW),
    ({"tab": "deleted"}, "name", FEW),
    ({"q": "xyzzy nobody"}, "name", FEW),
    ({"q": "00000000-0000-4000-8000-000000000000"}, "name", FEW),
    ({"q": "babadu"}, "name", FEW),
    ({"q": "ada"}, "name", MANY),
]


def read(organization, query, sort):
    criteria = Criteria.read(query, tab=query.get("tab", ""))
    order, rows = order_of(sort, criteria), RowsRead()
    with connection.execute_wrapper(rows):
        page = load_page(organization, criteria, order, cursor_of({}, order), size=PAGE)
    return len(page.users), rows.by_table["controlhub_user"]


@pytest.mark.parametrize("users", [5_000, pytest.param(20_000, marks=pytest.mark.deep)])
def test_page_reads_few_users(db, subtests, users):
    organization = make_place(users).organization
    rewrite("controlhub_user")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for query, sort, most in CASES:
        with subtests.test(f"{query} by {sort}"):
            shown, rows = read(organization, query, sort)
            assert shown <= PAGE
            assert rows <= most
