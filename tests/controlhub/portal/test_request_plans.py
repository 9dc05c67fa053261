"""With 20,000 logged requests, each provisioning page reads about as many rows as it shows."""

import pytest
from django.db import connection
from django.db.models.functions import Now

from controlhub.models import Connection, ScimRequest
from controlhub.models.ids import new_id
from tests import factories
from tests.plans import RowsRead, rewrite

MANY = 20_000
FEW = 100
EACH = 10
"""One in this many requests belongs to the other connection, and some of these failed."""


@pytest.fixture
def log(organization):
    """A busy connection without errors, and one with few requests, whose newest request failed."""
    busy, rare = (factories.make_token(organization)[0].connection_id for _ in range(2))
    entries = [
        ScimRequest(
            organization_id=organization.pk,
            id=new_id(),
            at=Now(),
            connection_id=rare if number % EACH == 0 else busy,
            method="PATCH",
            path=f"/v1/scim/{organization.pk}/Users/{number}",
            status=409 if number % (EACH * 20) == 0 else 200,
            milliseconds=1.0,
            resource_id=new_id(),
        )
        for number in range(MANY)
    ]
    ScimRequest.objects.bulk_create(entries, batch_size=2_000)
    rewrite("controlhub_scimrequest")
    return {"busy": busy, "rare": rare, "middle": entries[MANY // 2].id, "resource": entries[MANY // 2].resource_id}


def test_pages_read_few_rows(portal, log):
    requests = "/provisioning/requests/"
    paths = {
        "newest": requests,
        "in the middle": f"{requests}?before={log['middle']}",
        "errors": f"{requests}?errors=1",
        "with an id": f"{requests}?q={log['middle']}",
        "with the id of a client": f"{requests}?q=unknown",
        "of a connection": f"{requests}?connection={log['rare']}",
        "of a connection, in the middle": f"{requests}?connection={log['rare']}&before={log['middle']}",
        "errors of a connection": f"{requests}?connection={log['rare']}&errors=1",
        "errors of a connection without any": f"{requests}?connection={log['busy']}&errors=1",
        "about a resource": f"{requests}?resource={log['resource']}",
        "one request": f"{requests}{log['middle']}/",
        "connections": "/provisioning/",
        "set-up with hints": f"/provisioning/{log['rare']}/",
        "overview": "/",
    }
    assert Connection.objects.filter(pk=log["rare"]).exists()
    for name, path in paths.items():
        rows = RowsRead()
        with connection.execute_wrapper(rows):
            assert portal.get(path).status_code == 200
        assert rows.by_table["controlhub_scimrequest"] <= FEW, f"{name}: {dict(rows.by_table)}"
