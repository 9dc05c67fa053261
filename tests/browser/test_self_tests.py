"""The self-test of a connection in a real Chromium, with and without script, against the production web server."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.models import Client, Connection, Group, RequestHour, ScimRequest, User
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connection(people):
    token, _ = factories.make_token(people[0].user.organization)
    Connection.objects.filter(pk=token.connection_id).update(client=Client.ENTRA)
    return Connection.objects.select_related("organization").get(pk=token.connection_id)


def counts():
    models = (User, Group, ScimRequest, RequestHour)
    return [model.objects.count() for model in models]


@pytest.mark.parametrize("has_script", [True, False])
def test_connection_is_tested_from_its_card(open_page, site, connection, has_script):
    page = open_page(java_script_enabled=has_script)
    before = counts()
    page.goto(site + "/provisioning/")
    page.click(".conn__f a:has-text('Self-test')")
    page.click("button:has-text('Run self-test')")
    assert "All 20 steps passed." in page.locator(".verdict h2").inner_text()
    assert page.locator(".stlist > li").count() == 20
    page.click("button:has-text('Run again')")
    assert "All 20 steps passed." in page.locator(".verdict h2").inner_text()
    assert counts() == before
    assert AuditEvent.objects.filter(action="connection.tested").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_failed_test_explains_what_to_do(open_page, site, connection, width, scheme):
    changes = {"refused_tolerances": ["boolean-as-string", "reference-as-string"]}
    change_policies(connection.organization, changes=changes, actor=factories.COMMAND)
    page = open_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"{site}/provisioning/{connection.pk}/self-test/")
    page.click("button:has-text('Run self-test')")
    assert "Booleans as text" in page.locator(".stlist > li.is-bad").nth(1).inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click(".seg a:has-text('Failed')")
    assert page.locator(".stlist > li").count() == page.locator(".stlist > li.is-bad").count() > 1
    page.click(".verdict a")
    assert page.url == f"{site}/schemas/"


@pytest.mark.parametrize("has_script", [True, False])
def test_menu_of_a_card_can_rename_pause_and_delete(open_page, site, connection, has_script):
    page = open_page(java_script_enabled=has_script)

    def choose(item):
        page.goto(site + "/provisioning/")
        page.click(".conn__h [popovertarget]")
        page.click(f".menu:popover-open >> text={item}")

    choose("Rename")
    page.fill("#id_name", "Entra, new")
    page.click("button:has-text('Save name')")
    assert page.locator("h1").inner_text() == "Entra, new"
    choose("Pause")
    assert "Paused by" in page.locator(".health").inner_text()
    choose("Resume")
    choose("Delete connection")
    page.click("button:has-text('Delete connection')")
    assert "Entra, new deleted." in page.locator(".banner").inner_text()
    assert not Connection.objects.exists()
