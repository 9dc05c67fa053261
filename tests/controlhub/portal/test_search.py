"""The global search: results for each role, and pasted IDs that open their object."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions.groups import create_group
from controlhub.actions.users import delete_user, update_user
from controlhub.actions.users.lifecycle import lock
from controlhub.models import Role
from tests import factories, pages
from tests.factories import COMMAND

PART = {"HX-Request": "true"}


@pytest.fixture
def noor(organization):
    name = {"givenName": "Noor", "familyName": "van Dijk"}
    return factories.make_user(
        organization, "noor@example.com", name=name, displayName="Noor van Dijk", externalId="Ext-4711"
    )


def found(client, text, **options):
    return pages.read(client.get("/search/", {"q": text}, **options))


def lines(page, css=".found:not(.found--in)"):
    found = page.all(f"{css} a.found__line")
    return [(pages.text_of(line.select_one(".found__title")), line["href"]) for line in found]


@pytest.mark.parametrize(
    "text", ["noor dijk", "dijk noor", "NOOR", "noor@example.com", " NOOR@example.com ", "Ext-4711"]
)
def test_finds_people_by_name_in_any_order_and_by_identifiers(portal, noor, text):
    assert lines(found(portal, text)) == [("Noor van Dijk", f"/users/{noor.pk}/")]


def test_finds_deleted_people(portal, noor):
    delete_user(noor, actor=COMMAND)
    assert lines(found(portal, "noor dijk")) == [("Noor van Dijk", f"/users/{noor.pk}/")]


@pytest.mark.parametrize("form", [str, lambda pk: f"  {pk} ", lambda pk: str(pk).upper(), lambda pk: f"{{{pk}}}"])
def test_pasted_id_opens_its_user(portal, noor, form):
    answer = portal.get("/search/", {"q": form(noor.pk)})
    assert (answer.status_code, answer["Location"]) == (302, f"/users/{noor.pk}/")


def test_pasted_external_id_opens_its_user(portal, organization):
    external = str(uuid.uuid4())
    user = factories.make_user(organization, "trinity@example.com", externalId=external)
    assert portal.get("/search/", {"q": external.upper()})["Location"] == f"/users/{user.pk}/"


def test_pasted_event_id_opens_the_event(portal, noor):
    event = AuditEvent.objects.about(noor.pk).get()
    assert portal.get("/search/", {"q": str(event.pk)})["Location"] == f"/audit/{event.pk}/"


def test_request_id_finds_its_events(portal, organization):
    answer = portal.post("/organization/backup/")
    page = found(portal, answer["X-Request-ID"])
    event = AuditEvent.objects.get(action="organization.backup_confirmed")
    assert [address for _title, address in lines(page)] == [f"/audit/{event.pk}/"]


def test_unknown_id_finds_nothing_with_one_query(portal, noor):
    portal.get("/search/")
    with CaptureQueriesContext(connection) as empty:
        portal.get("/search/")
    with CaptureQueriesContext(connection) as asked:
        page = found(portal, uuid.uuid4())
    assert "Nothing found" in page.text
    assert len(asked) - len(empty) == 1


def test_finds_pages_settings_and_tokens(portal, organization):
    token, secret = factories.make_token(organization)
    assert ("Audit log", "/audit/") in lines(found(portal, "audit"))
    assert ("Retention period (days)", "/organization/") in lines(found(portal, "retention"))
    for text in (token.prefix, secret):
        assert lines(found(portal, text)) == [(token.name, "/provisioning/")]


def test_search_window_shows_the_same_results(portal, noor):
    part = found(portal, "dijk", headers=PART)
    assert part.is_fragment
    assert lines(part) == lines(found(portal, "dijk"))
    assert lines(found(portal, noor.pk, headers=PART)) == [("Open", f"/users/{noor.pk}/")]


def test_shows_why_a_person_or_group_was_found(portal, organization, noor):
    with transaction.atomic():
        update_user(lock(noor), document={**noor.document, "title": "Researcher"}, actor=COMMAND)
    line = found(portal, "dijk NOOR").one(".found:not(.found--in) a.found__line")
    assert [mark.text for mark in line.select(".found__title mark")] == ["Noor", "Dijk"]
    assert pages.text_of(line.select_one(".found__detail")) == "Researcher · noor@example.com"
    create_group(organization, document={"displayName": "Dijkgraaf"}, actor=COMMAND)
    assert "Control Hub · 0 direct members" in found(portal, "dijkg").text


def test_links_to_the_lists_that_can_be_searched(organization, portal, noor):
    leads = [href for _title, href in lines(found(portal, "a & b"), ".found--in")]
    assert leads == ["/users/?q=a+%26+b", "/groups/?q=a+%26+b", "/audit/?q=a+%26+b"]
    assert all(portal.get(address).status_code == 200 for address in leads)
    auditor, _ = factories.make_admin(organization, "audit@example.com", Role.AUDITOR)
    assert [href for _title, href in lines(found(factories.browser(auditor), "noor"), ".found--in")] == [
        "/audit/?q=noor"
    ]
    _token, secret = factories.make_token(organization)
    for text in ("", "a", secret, noor.pk):
        assert secret not in str(lines(found(portal, text, headers=PART), ".found--in"))


def test_roles_find_only_pages_that_they_may_open(organization, noor):
    auditor, _ = factories.make_admin(organization, "audit@example.com", Role.AUDITOR)
    browser = factories.browser(auditor)
    assert not lines(found(browser, "noor dijk"))
    assert "Nothing found" in found(browser, noor.pk).text
    assert lines(found(browser, "schemas")) == []


def test_users_of_other_organizations_find_nothing(other_organization, noor):
    charlie, _ = factories.make_admin(other_organization, "charlie@machine.example")
    browser = factories.browser(charlie)
    for text in ("noor dijk", noor.pk, "Ext-4711", AuditEvent.objects.about(noor.pk).get().pk):
        assert "Nothing found" in found(browser, text).text


@pytest.mark.parametrize("text", ["\0", "'", "\\", "%", "(", "x" * 1_000, "\u202e", "' | 'a", ":*"])
def test_any_text_can_be_searched(portal, noor, text):
    assert portal.get("/search/", {"q": text}).status_code == 200
