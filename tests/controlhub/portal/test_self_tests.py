"""The page of a connection's self-test."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.actions.self_tests.conversations import CONVERSATIONS
from controlhub.actions.tokens import revoke_connection
from controlhub.models import Client, Connection, Role, Scope, SelfTest
from controlhub.models.self_tests import StepName
from controlhub.portal.self_test_pages import TITLES
from tests import factories, pages


@pytest.fixture
def connection(organization):
    return connect(organization)


def connect(organization, client=Client.OKTA, **more):
    token, _ = factories.make_token(organization, **more)
    Connection.objects.filter(pk=token.connection_id).update(client=client)
    return Connection.objects.get(pk=token.connection_id)


def address(connection):
    return f"/provisioning/{connection.pk}/self-test/"


def run(portal, connection):
    return pages.read(portal.post(f"{address(connection)}run/", follow=True))


def test_page_offers_the_first_run(portal, connection):
    page = pages.read(portal.get(address(connection)))
    assert "No self-test yet" in page.text
    assert "Run self-test" in page.text


def test_run_shows_the_verdict_and_every_step(portal, connection):
    page = run(portal, connection)
    assert "All 13 steps passed." in page.one(".verdict").text
    assert len(page.all(".stlist > li.is-ok")) == 13
    first = page.all(".stlist > li")[0].get_text(" ", strip=True)
    assert "GET" in first
    assert "/Users?filter=userName eq" in first
    assert "ms" in first
    assert "200" in first


def test_failed_step_shows_cause_fix_and_both_sides(portal, organization):
    change_policies(organization, changes={"revive_on_create": False}, actor=factories.COMMAND)
    page = run(portal, connect(organization))
    assert "12 of 13 steps passed." in page.one(".verdict").text
    (failed,) = page.all(".stlist > li.is-bad")
    text = failed.get_text(" ", strip=True)
    assert "Assign the inactive test user again" in text
    assert "does not reactivate Inactive users" in text
    assert "201 Created" in text
    assert "409 Conflict" in text
    assert failed.find("a")["href"] == "/organization/"


def test_refused_deviation_is_named(portal, organization):
    change_policies(organization, changes={"refused_tolerances": ["operation-case"]}, actor=factories.COMMAND)
    page = run(portal, connect(organization, Client.ENTRA))
    assert "Capitalized operations" in page.one(".verdict").text
    assert page.one(".verdict a")["href"] == "/schemas/"


def test_failed_steps_can_be_shown_without_others(portal, organization):
    connection = connect(organization, scopes=[Scope.SCIM_READ])
    assert len(run(portal, connection).all(".stlist > li")) == 13
    page = pages.read(portal.get(f"{address(connection)}?failed=1"))
    assert len(page.all(".stlist > li")) == len(page.all(".stlist > li.is-bad")) == 2


def test_skipped_steps_show_no_placeholder(portal, organization):
    page = run(portal, connect(organization, scopes=[Scope.SCIM_READ]))
    skipped = [item.get_text(" ", strip=True) for item in page.all(".stlist > li.is-skip")]
    assert [text for text in skipped if "/Users/…" in text]
    assert "${" not in str(page.soup)


@pytest.mark.parametrize("value", ["nonsense", "\x00", "x" * 1_000])
def test_unknown_filter_shows_the_page(portal, connection, value):
    assert portal.get(address(connection), {"failed": value}).status_code == 200


def test_connection_without_a_token_is_explained(portal, connection):
    revoke_connection(connection, actor=factories.COMMAND)
    page = run(portal, connection)
    assert "no valid token" in page.one(".banner--warn").text
    assert "All 13 steps passed." in page.text


def test_reader_sees_the_result_but_cannot_run_it(organization, portal, connection):
    run(portal, connection)
    account, _ = factories.make_admin(organization, "reader@example.com", Role.READ_ONLY_ADMIN)
    reader = factories.browser(account)
    page = pages.read(reader.get(address(connection)))
    assert "All 13 steps passed." in page.text
    assert "Run again" not in page.text
    assert reader.post(f"{address(connection)}run/").status_code == 403


def test_run_is_recorded_as_one_event_of_the_administrator(portal, admin, connection):
    events = AuditEvent.objects.count()
    run(portal, connection)
    assert AuditEvent.objects.count() == events + 1
    event = AuditEvent.objects.newest_first().first()
    assert (event.action, event.actor_id) == ("connection.tested", str(admin.user_id))


def test_form_submitted_twice_runs_once(portal, connection):
    form = pages.read(portal.get(address(connection))).one("main form")
    values = {field["name"]: field["value"] for field in form.find_all("input")}
    for _ in range(2):
        portal.post(f"{address(connection)}run/", values)
    assert AuditEvent.objects.filter(action="connection.tested").count() == 1


def test_number_of_queries_does_not_depend_on_the_number_of_steps(portal, connection, django_assert_max_num_queries):
    run(portal, connection)
    with django_assert_max_num_queries(12):
        portal.get(address(connection))


def test_unknown_step_of_another_release_shows_its_name(portal, connection):
    run(portal, connection)
    test = SelfTest.objects.get()
    test.steps[0]["name"] = "later-step"
    test.steps[0]["quirks"] = ["later-quirk"]
    test.save(update_fields=["steps"])
    assert "later-step" in pages.read(portal.get(address(connection))).text


def test_every_step_has_a_title():
    assert set(TITLES) == set(StepName)
    played = {request.name for conversation in CONVERSATIONS.values() for request in conversation.requests}
    assert played == set(StepName)
