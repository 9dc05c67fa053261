"""The page of the sign-in policy, and the cost of the policy per request."""

from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from controlhub.models import Role, Session
from tests import factories, pages
from tests.sign_in_policy import HOME, OFFICE, give_factor, set_policies


def test_page_shows_open_sessions_to_roles_that_manage_the_organization(organization, admin, portal):
    Session.objects.update(address=OFFICE)
    page = pages.read(portal.get(reverse("sign-in-policy")))
    assert OFFICE in page.text
    assert "Your IP address is 127.0.0.1" in page.text
    reader, _ = factories.make_admin(organization, "trinity@example.com", Role.READ_ONLY_ADMIN)
    shown = pages.read(factories.browser(reader).get(reverse("sign-in-policy")))
    assert OFFICE not in shown.text
    assert not shown.all("form[action='/organization/sign-in/change/'] button")


def test_sessions_from_disallowed_networks_are_marked(organization, admin, portal):
    set_policies(organization, allowed_networks=["127.0.0.0/8"])
    other, _ = factories.make_admin(organization, "trinity@example.com")
    factories.browser(other)
    Session.objects.filter(account=other).update(address=HOME)
    assert "Not allowed" in pages.read(portal.get(reverse("sign-in-policy"))).text


def count_queries(browser, url):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)


def test_policy_needs_no_query(organization, admin, portal):
    portal.get("/audit/")
    before = count_queries(portal, "/audit/")
    give_factor(admin)
    networks = [f"10.{number // 256}.{number % 256}.0/24" for number in range(499)]
    set_policies(
        organization,
        require_second_factor=True,
        session_hours=5,
        session_idle_minutes=30,
        allowed_networks=["127.0.0.0/8", *networks],
    )
    assert count_queries(portal, "/audit/") == before


def test_activity_is_saved_once_a_minute(organization, portal, at):
    portal.get("/users/")
    before = count_queries(portal, "/users/")
    at(minutes=2)
    assert count_queries(portal, "/users/") == before + 1
    assert count_queries(portal, "/users/") == before


def test_number_of_queries_on_the_page_is_constant(organization, admin, portal):
    portal.get(reverse("sign-in-policy"))
    before = count_queries(portal, reverse("sign-in-policy"))
    for number in range(30):
        account, _ = factories.make_admin(organization, f"admin{number}@example.com")
        factories.browser(account)
    assert count_queries(portal, reverse("sign-in-policy")) == before


def test_ended_sessions_are_not_listed(organization, admin, portal):
    factories.browser(admin)
    Session.objects.exclude(pk=portal.session.session_key).update(expire_date=Now() - timedelta(minutes=1))
    assert len(pages.read(portal.get("/account/")).all("#sessions-h")) == 1
    assert pages.read(portal.get("/account/")).text.count("127.0.0.1") <= 1
