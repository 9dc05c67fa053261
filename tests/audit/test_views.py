"""The viewer: filters, pages by key, one event in full."""

import re

import pytest

from audit.models import AuditEvent
from controlhub.actions.users import deactivate_user
from tests import factories


@pytest.fixture
def busy(organization, scim):
    created = scim.post("/Users", {"userName": "bjensen@example.com", "displayName": "Babs"})
    scim.patch(f"/Users/{created.document['id']}", {"op": "replace", "path": "displayName", "value": "Barbara"})
    user = factories.make_user(organization, "smith@example.com")
    deactivate_user(user, actor=factories.COMMAND)
    return user


def activities(response):
    return re.findall(r'class="evlink"[^>]*>([^<]+)<', response.content.decode())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("service=Account+Provisioning&category=UserManagement", ["Update user", "Add user"]),
        ("activity=Disable+account", ["Disable account"]),
        ("target=smith", ["Disable account", "Add user"]),
        ("initiated_by=Entra&category=UserManagement", ["Update user", "Add user"]),
        ("status=failure", []),
        ("date_from=2999-01-01", []),
        ("date_to=2001-01-01", []),
        (
            "category=UserManagement&date_from=2001-01-01&date_to=2999-01-01&target=smith",
            ["Disable account", "Add user"],
        ),
    ],
)
def test_filters(portal, busy, query, found):
    assert activities(portal.get(f"/audit/?{query}")) == found


def test_nonsense_in_filters_is_no_failure(portal, busy):
    for query in ("date_from=yesterday", "service=x"):
        assert portal.get(f"/audit/?{query}").status_code == 200


def test_pages_by_key_show_each_event_once(organization, portal):
    for index in range(60):
        factories.make_user(organization, f"user{index:02}@example.com")
    seen, address = [], "/audit/"
    while address:
        page = portal.get(address).content.decode()
        seen += re.findall(r'class="evlink" href="/audit/([0-9a-f-]{36})/"', page)
        older = re.search(r'href="(\?before=[^"]+)">Older', page)
        address = f"/audit/{older[1]}" if older else ""
    assert len(seen) == len(set(seen)) == AuditEvent.objects.in_organization(organization.pk).count()


def test_an_event_in_full(portal, busy):
    event = AuditEvent.objects.get(activity="Update user")
    page = portal.get(f"/audit/{event.pk}/").content.decode()
    for shown in ("<del>Babs</del>", "<ins>Barbara</ins>", "Account Provisioning", "Entra ID", "127.0.0.1"):
        assert shown in page
    drawer = portal.get(f"/audit/{event.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in drawer
    assert "<del>Babs</del>" in drawer


def test_another_organization_reads_nothing(other_organization, portal):
    event = AuditEvent.objects.in_organization(other_organization.pk).get()
    assert portal.get(f"/audit/{event.pk}/").status_code == 404
