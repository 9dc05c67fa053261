"""The sign-in policy: the duration of sessions."""

from django.conf import settings
from django.test import Client
from django.urls import reverse

from controlhub.portal.signin.middleware import POLL
from tests import factories, pages
from tests.factories import sign_in
from tests.sign_in_policy import set_policies


def ended(browser):
    """The message on the sign-in page that explains why the session ended."""
    response = browser.get("/users/", follow=True)
    assert response.redirect_chain[0][0].startswith("/sign-in/")
    return pages.read(response).text


def test_session_in_use_ends_after_its_maximum_duration(organization, portal, at):
    set_policies(organization, session_hours=2)
    for minutes in (40, 80, 119):
        at(minutes=minutes)
        assert portal.get("/users/").status_code == 200
    at(minutes=121)
    assert "Your session ended 2 hours after you signed in." in ended(portal)


def test_session_ends_after_inactivity(organization, portal, at):
    set_policies(organization, session_idle_minutes=10)
    for minutes in (9, 18, 27):
        at(minutes=minutes)
        assert portal.get("/users/").status_code == 200
    at(minutes=39)
    assert "Your session ended after 10 minutes without activity." in ended(portal)
    assert "Your session" not in pages.read(portal.get("/sign-in/")).text, "it is said once"


def test_idle_timeout_is_never_shorter_than_the_policy(organization, portal, at):
    set_policies(organization, session_idle_minutes=5)
    at(seconds=59)
    assert portal.get("/users/").status_code == 200
    at(seconds=59 + 299)
    assert portal.get("/users/").status_code == 200


def test_automatic_page_updates_do_not_count_as_activity(organization, portal, at):
    set_policies(organization, session_idle_minutes=10)
    for minutes in (5, 10):
        at(minutes=minutes)
        assert portal.get("/jobs/mine/", headers={"X-Poll": "1"}).status_code == 200
    at(minutes=12)
    assert "without activity" in ended(portal)


def test_templates_mark_automatic_updates():
    templates = [path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html")]
    polling = [text for text in templates if "hx-trigger" in text and "every " in text]
    assert len(polling) >= 3
    assert all(text.count(f'"{POLL}"') == text.count("hx-trigger") for text in polling)


def test_bell_does_not_change_the_page_if_the_second_factor_is_missing(organization, portal):
    set_policies(organization, require_second_factor=True)
    response = portal.get(reverse("job-bell"), headers={"HX-Request": "true", "X-Poll": "1"})
    assert (response.status_code, response.headers.get("HX-Redirect")) == (204, None)


def test_sign_in_page_explains_why_the_session_ended(organization, portal, at):
    set_policies(organization, session_idle_minutes=10)
    at(minutes=12)
    assert "without activity" in pages.read(portal.get("/sign-in/")).text


def test_shorter_duration_ends_open_sessions(organization, admin, portal, at):
    at(hours=3)
    other = factories.browser(admin)
    set_policies(organization, session_hours=2)
    assert "2 hours after you signed in" in ended(portal)
    assert other.get("/users/").status_code == 200


def test_longer_duration_keeps_open_sessions_and_restores_none(organization, admin, portal, at):
    set_policies(organization, session_hours=2)
    at(hours=1)
    other = factories.browser(admin)
    at(hours=2, minutes=1)
    set_policies(organization, session_hours=5)
    assert "Your session has ended. Sign in again." in ended(portal)
    at(hours=5)
    assert other.get("/users/").status_code == 200


def test_reauthentication_does_not_extend_a_session(organization, admin, at):
    set_policies(organization, session_hours=2)
    browser = Client()
    sign_in(browser, admin)
    at(hours=1)
    assert browser.post("/sign-in/again/", {"password": admin.password_shown}).status_code == 302
    at(hours=1, minutes=59)
    assert browser.get("/users/").status_code == 200
    at(hours=2, minutes=1)
    assert "2 hours after you signed in" in ended(browser)


def test_new_sign_in_restarts_the_duration(organization, admin, portal, at):
    set_policies(organization, session_hours=2)
    at(hours=3)
    assert "2 hours after" in ended(portal)
    sign_in(portal, admin)
    at(hours=4, minutes=30)
    assert portal.get("/users/").status_code == 200


def test_policies_of_another_organization_have_no_effect(organization, other_organization, portal, at):
    at(hours=3)
    set_policies(other_organization, session_hours=1, require_second_factor=True, allowed_networks=["192.0.2.0/24"])
    assert portal.get("/users/").status_code == 200
