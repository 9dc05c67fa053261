"""With 20,000 members and groups, each page reads about as many rows as it shows."""

import pytest
from django.db import connection

from bench.seed import add_people, user_name
from controlhub.actions.groups import create_group
from controlhub.actions.mappings import map_group
from controlhub.models import Group, Membership, Role
from tests import factories
from tests.plans import RowsRead, rewrite

MANY = 20_000
BATCH = 2_000
FEW = 700
"""The maximum number of rows that a page reads from a table: the page, 500 administrators by name, and some more."""


@pytest.fixture
def crowd(organization):
    """A group with all people as members, which grants a role, among many groups."""
    group = create_group(organization, document={"displayName": "Crowd"}, actor=factories.COMMAND)
    Group.objects.bulk_create(
        [
            Group(
                organization=organization,
                document={"displayName": f"Team {number:05}"},
                display_name=f"Team {number:05}",
                display_name_key=f"team {number:05}",
            )
            for number in range(MANY)
        ],
        batch_size=BATCH,
    )
    ids = add_people(organization, MANY)
    Membership.objects.bulk_create([Membership(group=group, user_id=pk) for pk in ids], batch_size=BATCH)
    Group.objects.filter(pk=group.pk).update(member_count=MANY)
    map_group(group, role=Role.AUDITOR, actor=factories.COMMAND)
    rewrite("controlhub_user", "controlhub_group", "controlhub_membership", "controlhub_rolemapping")
    group.middle = sorted(ids)[MANY // 2]
    return group


def test_pages_read_few_rows(portal, crowd):
    place = f"/groups/{crowd.pk}/"
    middle = Group.objects.get(display_name="Team 10000").pk
    paths = {
        "first groups": "/groups/",
        "groups in the middle": f"/groups/?after={middle}",
        "groups before the middle": f"/groups/?before={middle}",
        "newest groups": f"/groups/?sort=-created&after={middle}",
        "search for a group": "/groups/?q=eam+12345",
        "first members": place,
        "members in the middle": f"{place}?after={crowd.middle}",
        "members before the middle": f"{place}?before={crowd.middle}",
        "search for a member": f"{place}?q={user_name(12_345)}",
        "nobody found": f"{place}?q=qqxxzz",
        "people to add": f"{place}members/add/?q={user_name(12_345)}",
        "administrators": "/administrators/",
        "administrators in the middle": f"/administrators/?after={crowd.middle}",
    }
    for name, path in paths.items():
        rows = RowsRead()
        with connection.execute_wrapper(rows):
            assert portal.get(path).status_code == 200
        for table in ("controlhub_user", "controlhub_group", "controlhub_membership"):
            assert rows.by_table[table] <= 2 * FEW, f"{name}: {dict(rows.by_table)}"
