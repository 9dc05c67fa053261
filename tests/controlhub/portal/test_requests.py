"""The pages of the request log, and pausing a connection on the Provisioning page."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from controlhub.models import Connection, RequestHour, ScimRequest
from controlhub.models.activity import activity_of
from controlhub.portal.explanations import okta_event
from controlhub.portal.overview.connections import hours_chart
from scim.api.request_log import REQUESTS
from scim.protocol import urns
from tests import pages


@pytest.fixture
def entry(scim):
    REQUESTS.__init__()
    scim.post("/Users", {"schemas": [urns.CORE_USER], "userName": "", "title": "Anderson"})
    REQUESTS.flush()
    return ScimRequest.objects.get()


def test_log_shows_the_error_and_links_to_its_page(portal, entry):
    page = portal.get("/provisioning/requests/?errors=1").content.decode()
    assert f"/provisioning/requests/{entry.id}/" in page


def test_page_explains_the_error_and_masks_personal_values(portal, entry):
    page = portal.get(f"/provisioning/requests/{entry.id}/").content.decode()
    assert "MissingValues" in page
    assert "Anderson" not in page


def test_page_names_the_user_and_earlier_requests_about_it(portal, scim):
    user = scim.post("/Users", {"schemas": [urns.CORE_USER], "userName": "ada@example.com"}).document["id"]
    scim.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Countess"})
    scim.patch(f"/Users/{user}", {"op": "replace", "path": "nothing", "value": ""})
    REQUESTS.flush()
    *earlier, last = ScimRequest.objects.order_by("id")
    shown = pages.read(portal.get(f"/provisioning/requests/{last.id}/"))
    links = {link["href"] for link in shown.all("main a")}
    assert f"/users/{user}/" in links
    assert f"/provisioning/requests/?resource={user}" in links
    assert {f"/provisioning/requests/{one.id}/" for one in earlier} <= links
    page = pages.read(portal.get("/provisioning/requests/", {"resource": user, "errors": "1"}))
    assert page.all("main a[href='?errors=1']"), "the filter can be removed"
    assert page.one("input[name=resource]")["value"] == user, "other filters keep it"


def test_log_can_be_searched_by_client_request_id_and_own_id(portal, scim, entry):
    scim.get("/Users", **{"X-Request-Id": "of-the-client-1"})
    REQUESTS.flush()
    for text in (str(entry.id), f"  {entry.shown_id} "):
        found = portal.get("/provisioning/requests/", {"q": text}).context["lines"]
        assert [each for each, *_ in found] == [entry], text
    (found,) = portal.get("/provisioning/requests/", {"q": "of-the-client-1"}).context["lines"]
    assert found[0].method == "GET"
    assert portal.get("/provisioning/requests/", {"q": "another"}).context["lines"] == []


def test_chart_counts_the_requests_of_the_selected_connection(portal, scim, entry):
    chart = portal.get("/provisioning/requests/").context["chart"]
    assert [(bar.value, bar.failed) for bar in chart.bars if bar.value] == [(1, 1)]
    assert len(chart.bars) == 24
    assert portal.get("/provisioning/requests/", {"connection": str(uuid4())}).context["chart"] is None


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Tokyo", "America/St_Johns"])
def test_hours_are_counted_correctly_in_every_time_zone(portal, organization, entry, zone):
    """Even if hours do not begin on the hour in UTC, and if the oldest hour belongs to another day."""
    (counted,) = RequestHour.objects.all()
    oldest = RequestHour(organization_id=organization.pk, hour=counted.hour - timedelta(hours=23), requests=2)
    oldest.last_at, oldest.last_status = oldest.hour, 200
    oldest.save()
    with timezone.override(zone):
        bars = [bar.value for bar in hours_chart(organization, None).bars]
        activity = activity_of(organization)[None]
    assert (bars[0], bars[-1]) == (2, 1)
    assert activity.hours[0].requests == 2


@pytest.mark.parametrize("text", ["\0", "\0\0 ", "x" * 300])
def test_text_that_cannot_be_an_id_finds_nothing_or_is_ignored(portal, entry, text):
    assert portal.get("/provisioning/requests/", {"q": text}).status_code == 200


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


@pytest.mark.parametrize(
    ("method", "path", "status", "expected"),
    [
        ("POST", "/v1/scim/x/Users", 409, "application.provision.user.push"),
        ("PATCH", "/v1/scim/x/Users/1", 400, "application.provision.user.push_profile"),
        ("PATCH", "/v1/scim/x/Groups/1", 404, "application.provision.group.update"),
        ("GET", "/v1/scim/x/Users", 401, "application.integration.authentication_failure"),
        ("GET", "/v1/scim/x/Users", 429, "application.integration.rate_limit_exceeded"),
        ("GET", "/v1/scim/x/Schemas", 500, "application.integration.general_failure"),
        ("GET", "/v1/scim/x/Users", 200, ""),
    ],
)
def test_error_has_the_name_that_okta_uses(method, path, status, expected):
    assert okta_event(method, path, status) == expected


def test_page_shows_the_name_that_okta_uses(portal, entry):
    assert "application.provision.user.push" in portal.get(f"/provisioning/requests/{entry.id}/").content.decode()


def test_event_links_to_the_request_that_caused_it(portal, scim):
    REQUESTS.__init__()
    scim.post("/Users", {"schemas": [urns.CORE_USER], "userName": "trinity@example.com"})
    REQUESTS.flush()
    entry, event = ScimRequest.objects.get(), AuditEvent.objects.filter(action="user.created").latest("created_at")
    page = portal.get(f"/audit/{event.pk}/").content.decode()
    assert f"/provisioning/requests/{entry.id}/" in page
