"""Connections: renaming and deleting them, the menu of a card, and paginated cards."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.connections import delete_connection, rename_connection
from controlhub.actions.self_tests import run_self_test
from controlhub.errors import InvalidSettingError
from controlhub.models import AccessToken, Connection, Group, SelfTest, User
from controlhub.portal.connection_cards import MOST, card_page
from scim.protocol import urns
from tests import factories, pages
from tests.conftest import ScimClient

TRINITY = {"schemas": [urns.CORE_USER], "userName": "trinity@example.com", "externalId": "7", "title": "Pilot"}


@pytest.fixture
def connection(scim):
    return Connection.objects.get()


@pytest.fixture
def owned(scim):
    """A user and a group that belong to the connection."""
    user = scim.post("/Users", TRINITY).document["id"]
    group = scim.post("/Groups", {"displayName": "Crew", "members": [{"value": user}]}).document["id"]
    return user, group


def path(connection, page=""):
    return f"/provisioning/{connection.pk}/{page}"


# --- Renaming -------------------------------------------------------------------------------------------


def test_new_name_is_shown_everywhere(portal, scim, connection):
    page = pages.read(portal.post(path(connection, "rename/"), {"name": " Entra, new "}, follow=True))
    assert page.one("h1").text == "Entra, new"
    assert "now named Entra, new" in page.text
    scim.post("/Users", TRINITY)
    assert AuditEvent.objects.filter(action="user.created").latest("created_at").actor_label == "Entra, new"
    event = AuditEvent.objects.get(action="connection.renamed")
    assert [change["new"] for change in event.changes] == ["Entra, new"]


def test_same_name_records_nothing(portal, connection):
    events = AuditEvent.objects.count()
    rename_connection(connection, name=f" {connection.name} ", actor=factories.COMMAND)
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\0b"])
def test_invalid_name_changes_nothing(portal, connection, name):
    answer = portal.post(path(connection, "rename/"), {"name": name})
    assert answer.status_code == 422
    assert Connection.objects.get().name == connection.name


def test_name_is_also_required_by_commands(connection):
    with pytest.raises(InvalidSettingError):
        rename_connection(connection, name=" ", actor=factories.COMMAND)


# --- Deleting -------------------------------------------------------------------------------------------


def test_deleted_connection_is_refused_immediately(portal, scim, connection):
    assert scim.get("/Users").status_code == 200
    assert "cannot be restored" in pages.read(portal.get(path(connection, "delete/"))).text
    assert scim.get("/Users").status_code == 200
    page = pages.read(portal.post(path(connection, "delete/"), follow=True))
    assert "deleted." in page.text
    assert scim.get("/Users").status_code == 401
    assert not Connection.objects.exists()
    assert not AccessToken.objects.exists()


def test_deletion_is_one_event_with_its_effects(connection):
    events = AuditEvent.objects.count()
    delete_connection(connection, actor=factories.COMMAND)
    assert AuditEvent.objects.count() == events + 1
    event = AuditEvent.objects.get(action="connection.deleted")
    assert event.target_label == connection.name
    assert event.details["valid_tokens"] == 1


def test_deleting_twice_records_once(connection):
    for _ in range(2):
        delete_connection(connection, actor=factories.COMMAND)
    assert AuditEvent.objects.filter(action="connection.deleted").count() == 1


def test_self_test_result_is_deleted_with_the_connection(connection):
    run_self_test(connection, actor=factories.COMMAND)
    delete_connection(connection, actor=factories.COMMAND)
    assert not SelfTest.objects.exists()


def test_users_and_groups_of_a_deleted_connection_are_kept(portal, scim, connection, owned):
    user, group = owned
    delete_connection(connection, actor=factories.COMMAND)
    assert User.objects.get(pk=user).active
    assert Group.objects.filter(pk=group).exists()
    tabs = [f"/users/{user}/{tab}" for tab in ("", "profile/", "groups/", "access/", "activity/", "record/")]
    tabs += [f"/groups/{group}/{tab}" for tab in ("", "settings/", "inside/", "activity/", "record/", "rename/")]
    for address in (*tabs, "/", "/users/", "/groups/", "/audit/", "/provisioning/", "/provisioning/requests/"):
        assert portal.get(address).status_code == 200, address


def test_values_of_a_deleted_connections_user_are_not_locked(portal, connection, owned):
    address = f"/users/{owned[0]}/profile/title/edit/"
    assert "reason" in pages.read(portal.get(address)).one("main form").get_text(" ").lower()
    delete_connection(connection, actor=factories.COMMAND)
    form = pages.read(portal.get(address)).one("main form")
    assert not form.find(attrs={"name": "reason"})


def test_new_connection_takes_over_users_by_external_id(organization, connection, owned):
    delete_connection(connection, actor=factories.COMMAND)
    token, secret = factories.make_token(organization)
    again = ScimClient(organization, secret)
    assert again.patch(f"/Users/{owned[0]}", {"op": "replace", "path": "externalId", "value": "8"}).status_code == 200
    assert User.objects.get(pk=owned[0]).connection_id == token.connection_id


@pytest.mark.parametrize("page", ["rename/", "delete/", "self-test/", "self-test/run/"])
def test_connection_of_another_organization_is_not_found(portal, other_organization, page):
    token, _ = factories.make_token(other_organization)
    assert portal.post(f"/provisioning/{token.connection_id}/{page}", {"name": "Mine"}).status_code in {404, 405}
    assert Connection.objects.get(pk=token.connection_id).name == token.name


# --- The menu of a card ---------------------------------------------------------------------------------


def test_card_has_a_menu_with_every_action(portal, connection):
    menu = pages.read(portal.get("/provisioning/")).one(f"#menu-{connection.pk}")
    links = {link["href"] for link in menu.find_all("a")} | {form["action"] for form in menu.find_all("form")}
    assert links == {
        path(connection, "rename/"),
        path(connection, "rotate/"),
        path(connection, "pause/"),
        path(connection, "self-test/"),
        path(connection, "revoke/"),
        path(connection, "delete/"),
        f"/provisioning/requests/?connection={connection.pk}",
    }


def test_menu_offers_no_third_token(portal, connection):
    portal.post(path(connection, "rotate/"))
    menu = pages.read(portal.get("/provisioning/")).one(f"#menu-{connection.pk}")
    assert path(connection, "rotate/") not in {form["action"] for form in menu.find_all("form")}


# --- Pages of cards -------------------------------------------------------------------------------------


@pytest.fixture
def many(organization):
    """More connections than fit on two pages, newest first."""
    made = [
        Connection.objects.create(organization=organization, name=f"Connection {number}", scopes=[])
        for number in range(2 * MOST + 1)
    ]
    return [connection.pk for connection in reversed(made)]


def test_pages_show_every_connection_once(organization, many):
    first = card_page(organization)
    second = card_page(organization, after=first.cards[-1].connection.pk)
    third = card_page(organization, after=second.cards[-1].connection.pk)
    found = [card.connection.pk for page in (first, second, third) for card in page.cards]
    assert found == many
    flags = [(page.has_previous, page.has_next) for page in (first, second, third)]
    assert flags == [(False, True), (True, True), (True, False)]
    back = card_page(organization, before=third.cards[0].connection.pk)
    assert [card.connection.pk for card in back.cards] == many[MOST : 2 * MOST]
    assert (back.has_previous, back.has_next) == (True, True)


def test_page_links_lead_through_the_list(portal, many):
    page = pages.read(portal.get("/provisioning/"))
    assert len(page.all("article.conn")) == MOST
    following = pages.read(portal.get(f"/provisioning/{page.link('Next')}"))
    assert len(following.all("article.conn")) == MOST
    assert following.link("First") == "/provisioning/"
    before = pages.read(portal.get(f"/provisioning/{following.link('Previous')}"))
    assert before.all("article.conn")[0]["aria-labelledby"] == f"c-{many[0]}"


@pytest.mark.parametrize("cursor", ["nonsense", "\x00", "00000000-0000-0000-0000-000000000000"])
def test_invalid_cursor_shows_the_first_page(portal, connection, cursor):
    for name in ("after", "before"):
        assert portal.get("/provisioning/", {name: cursor}).status_code == 200


def test_cursor_of_another_organization_is_ignored(portal, many, other_organization):
    token, _ = factories.make_token(other_organization)
    page = pages.read(portal.get("/provisioning/", {"after": str(token.connection_id)}))
    assert str(token.connection_id) not in page.text


def test_request_log_lists_the_selected_connection_among_many(portal, many):
    page = pages.read(portal.get("/provisioning/requests/", {"connection": str(many[0])}))
    assert page.one("#connection option[selected]")["value"] == str(many[0])
    last = sorted(f"Connection {number}" for number in range(2 * MOST + 1))[-1]
    hidden = Connection.objects.get(name=last)
    page = pages.read(portal.get("/provisioning/requests/", {"connection": str(hidden.pk)}))
    assert page.one("#connection option[selected]")["value"] == str(hidden.pk)
