"""The pages of the request log, and pausing a connection on the Provisioning page."""

from uuid import uuid4

import pytest

from audit.models import AuditEvent
from controlhub.models import Connection, ScimRequest
from scim.api.request_log import REQUESTS
from scim.protocol import urns


@pytest.fixture
def entry(scim):
    REQUESTS.__init__()
    scim.post("/Users", {"schemas": [urns.CORE_USER], "userName": "", "title": "Anderson"})
    REQUESTS.flush()
    return ScimRequest.objects.get()


def test_log_shows_the_error_and_leads_to_its_page(portal, entry):
    page = portal.get("/provisioning/requests/?errors=1").content.decode()
    assert f"/provisioning/requests/{entry.id}/" in page


def test_page_explains_the_error_and_masks_personal_values(portal, entry):
    page = portal.get(f"/provisioning/requests/{entry.id}/").content.decode()
    assert "MissingValues" in page
    assert "Anderson" not in page


def test_revealing_shows_the_values_and_is_recorded(portal, entry):
    page = portal.post(f"/provisioning/requests/{entry.id}/reveal/").content.decode()
    assert "Anderson" in page
    assert AuditEvent.objects.filter(action="request.revealed", target_id=str(entry.id)).count() == 1


def test_request_of_another_organization_is_not_found(portal, other_organization, entry):
    other = uuid4()
    ScimRequest.objects.filter(id=entry.id).update(organization_id=other_organization.pk, id=other)
    assert portal.get(f"/provisioning/requests/{other}/").status_code == 404
    assert f"{other}" not in portal.get("/provisioning/requests/").content.decode()


def test_malformed_filter_is_not_found(portal):
    assert portal.get("/provisioning/requests/?before=nonsense").status_code == 404


def test_connection_is_paused_and_resumed(portal, scim):
    connection = Connection.objects.get()
    portal.post(f"/provisioning/{connection.pk}/pause/")
    assert scim.get("/Users").status_code == 503
    portal.post(f"/provisioning/{connection.pk}/resume/")
    assert scim.get("/Users").status_code == 200
