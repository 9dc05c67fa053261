"""Pages that follow the log poll for the number of newer events."""

from audit.models import AuditEvent
from tests import factories, pages


def ask(portal, query):
    return portal.get(f"/audit/live/?{query}")


def test_page_polls_for_events_newer_than_its_newest(organization, portal):
    factories.make_user(organization, "one@example.com")
    place = pages.read(portal.get("/audit/?category=UserManagement")).one("#fresh")
    assert portal.get(place["data-poll"]).json()["number"] == 0
    for name in ("two", "three"):
        factories.make_user(organization, f"{name}@example.com")
    assert portal.get(place["data-poll"]).json() == {"number": 2, "text": "Show 2 new events"}
    shown = pages.read(portal.get("/audit/" + place["data-url"])).texts("a.evlink")
    assert ["three@example.com" in shown[0], "two@example.com" in shown[1]] == [True, True]


def test_filters_of_the_page_apply(organization, portal):
    newest = AuditEvent.objects.newest_first().first()
    factories.make_user(organization, "one@example.com")
    assert ask(portal, f"after={newest.pk}&category=GroupManagement").json()["number"] == 0
    assert ask(portal, f"after={newest.pk}").json()["number"] == 1
    assert ask(portal, "category=GroupManagement").json()["number"] == 0


def test_number_of_new_events_is_limited(organization, portal, monkeypatch):
    monkeypatch.setattr("audit.views.live.MOST", 50)
    newest = AuditEvent.objects.newest_first().first()
    for number in range(51):
        factories.make_user(organization, f"user{number}@example.com")
    assert ask(portal, f"after={newest.pk}").json() == {"number": 50, "text": "Show 50+ new events"}


def test_invalid_filter_is_an_error(portal):
    assert ask(portal, "kategory=x").status_code == 400
    assert ask(portal, "after=x").status_code == 404


def test_event_of_another_organization_is_not_found(other_organization, portal):
    theirs = AuditEvent.objects.in_organization(other_organization).newest_first().first()
    assert ask(portal, f"after={theirs.pk}").status_code == 404
