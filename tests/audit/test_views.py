"""The viewer: filters, pages by key, one event in full."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.users import deactivate_user
from tests import factories, pages


@pytest.fixture
def busy(organization, scim):
    created = scim.post("/Users", {"userName": "bjensen@example.com", "displayName": "Babs"})
    scim.patch(f"/Users/{created.document['id']}", {"op": "replace", "path": "displayName", "value": "Barbara"})
    user = factories.make_user(organization, "smith@example.com")
    deactivate_user(user, actor=factories.COMMAND)
    return user


def activities(response):
    return pages.read(response).texts("a.evlink")


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
        page = pages.read(portal.get(address))
        seen += [link["href"] for link in page.all("a.evlink")]
        older = page.link("Older")
        address = f"/audit/{older}" if older else ""
    assert len(seen) == len(set(seen)) == AuditEvent.objects.in_organization(organization).count()


def test_an_event_in_full(portal, busy):
    event = AuditEvent.objects.get(activity="Update user")
    page = pages.read(portal.get(f"/audit/{event.pk}/"))
    drawer = pages.read(portal.get(f"/audit/{event.pk}/", headers={"HX-Request": "true"}))
    for shown in ("Account Provisioning", "Entra ID", "127.0.0.1"):
        assert shown in page.text
    for form in (page, drawer):
        assert (form.texts("del"), form.texts("ins")) == (["Babs"], ["Barbara"])
    assert (page.is_fragment, drawer.is_fragment) == (False, True)


def test_another_organization_reads_nothing(other_organization, portal):
    event = AuditEvent.objects.in_organization(other_organization).get()
    assert portal.get(f"/audit/{event.pk}/").status_code == 404
