"""Saved views of the user list: saving, opening, sharing and changing them, and who may do so."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions import saved_views
from controlhub.actions.saved_views import ViewContent, change_view, delete_view, save_view
from controlhub.actions.users import deactivate_user, purge_user
from controlhub.errors import InvalidNameError, InvalidSettingError
from controlhub.models import Cause, Role, SavedView, User, ViewPage
from controlhub.models.ids import new_id
from tests import factories, pages
from tests.factories import COMMAND

SAVE = "/users/views/save/"


@pytest.fixture
def people(organization):
    found = [factories.make_user(organization, f"user{n}@example.com", displayName=f"User {n}") for n in range(3)]
    deactivate_user(found[0], actor=COMMAND)
    return found


def other(organization, role=Role.HELP_DESK, address="trinity@example.com"):
    account, _ = factories.make_admin(organization, address, role)
    return account, factories.browser(account)


def save(client, name, query="", **fields):
    """Save the list with this query, using the form."""
    form = pages.read(client.get(f"{SAVE}?{query}")).form("")
    return client.post(SAVE, {**form.fields, "name": name, **fields})


def menu(client, query=""):
    """The names in the menu and their URLs."""
    page = pages.read(client.get(f"/users/?{query}"))
    return {pages.text_of(link): link["href"] for link in page.all("#views a:not(.btn)")}


def counts(client):
    """The counts of the built-in views, by query."""
    links = pages.read(client.get("/users/")).all("#views a:has(.count)")
    return {link["href"].partition("?")[2]: link.select_one(".count").text for link in links}


def names(page):
    return page.texts("tbody .c-name .who a")


def test_view_opens_its_filters_order_and_columns(portal, admin, people):
    portal.post("/users/columns/", {"columns": ["status", "created"]})
    answer = save(portal, "Leavers", "status=inactive&sort=-name&after=x")
    portal.post("/users/columns/", {"columns": ["email"]})
    address = menu(portal)["Leavers"]
    assert answer["Location"] == address
    page = pages.read(portal.get(address))
    assert names(page) == ["User 0"]
    assert page.texts("thead th")[1:-1] == ["Name", "Status", "Created"]
    assert page.one("thead th[aria-sort=descending]").text.strip() == "Name"
    assert pages.read(portal.get("/users/")).texts("thead th")[1:-1] == ["Name", "Email"]
    assert SavedView.objects.get().query == "status=inactive&sort=-name"


def test_view_stays_open_while_its_filters_are_changed(portal, people):
    save(portal, "Leavers", "status=inactive")
    view = SavedView.objects.get()
    page = pages.read(portal.get(f"/users/?view={view.pk}&status=active"))
    assert "(changed)" in page.one("button[popovertarget=views]").text
    assert page.one("#list input[name=view]")["value"] == str(view.pk)
    save(portal, "Actives", f"view={view.pk}&status=active")
    assert SavedView.objects.get(name="Actives").columns == view.columns


@pytest.mark.parametrize("query", ["due=7", "status=inactive&role=any", "errors=yes"])
def test_built_in_views_are_links_to_the_list(portal, people, query):
    address = next(url for url in menu(portal).values() if url.endswith(query))
    page = pages.read(portal.get(address))
    assert page.one("#views a[aria-current]")["href"] == address
    assert not page.all(".errorlist")


def test_built_in_views_show_their_number_of_users(portal, organization, people, monkeypatch):
    account, _ = other(organization)
    deactivate_user(account.user, actor=COMMAND)
    assert counts(portal) == {"due=7": "0", "status=inactive&role=any": "1", "errors=yes": "0"}
    User.objects.filter(active=False).update(deactivated_at=Now() - timedelta(days=29))
    assert counts(portal)["due=7"] == "2"
    monkeypatch.setattr("controlhub.user_lists.menus.MOST_IN_MENU", 1)
    assert counts(portal)["due=7"] == "1+"


def test_built_in_view_finds_inactive_administrators(portal, organization):
    account, _ = other(organization)
    deactivate_user(account.user, actor=COMMAND)
    assert names(pages.read(portal.get("/users/?status=inactive&role=any"))) == [account.user.display_label]


def test_others_see_only_shared_views(portal, organization, people):
    _, browser = other(organization)
    save(portal, "Mine")
    save(portal, "Ours", is_shared="on")
    assert {"Mine", "Ours"} <= menu(portal).keys()
    assert "Ours" in menu(browser)
    assert "Mine" not in menu(browser)
    mine = SavedView.objects.get(name="Mine")
    SavedView.objects.filter(pk=mine.pk).update(columns=["created"])
    assert "Created" not in pages.read(browser.get(f"/users/?view={mine.pk}")).texts("thead th")


def test_other_organizations_and_roles_without_the_list_see_no_views(portal, organization, other_organization):
    save(portal, "Ours", is_shared="on")
    view = SavedView.objects.get()
    _, stranger = other(other_organization, Role.FULL_ADMIN, "smith@globex.example")
    assert "Ours" not in menu(stranger)
    assert stranger.get(f"/users/views/{view.pk}/").status_code == 404
    _, auditor = other(organization, Role.AUDITOR)
    assert auditor.get(SAVE).status_code == 403
    assert auditor.get(f"/users/views/{view.pk}/").status_code == 403


@pytest.mark.parametrize(
    ("role", "is_shared", "status"),
    [(Role.FULL_ADMIN, True, 302), (Role.USER_ADMIN, True, 404), (Role.FULL_ADMIN, False, 404)],
)
def test_only_owner_and_full_administrators_change_shared_views(organization, role, is_shared, status):
    owner, _ = other(organization)
    _, browser = other(organization, role, "morpheus@example.com")
    content = ViewContent("Ours", is_shared, "status=active")
    view = save_view(organization, ViewPage.USERS, content, actor=actor_of(owner))
    answer = browser.post(f"/users/views/{view.pk}/", {"name": "Theirs", "is_shared": "on"})
    assert answer.status_code == status
    view.refresh_from_db()
    assert view.name == ("Theirs" if status == 302 else "Ours")
    assert browser.post(f"/users/views/{view.pk}/delete/").status_code == status
    assert SavedView.objects.filter(pk=view.pk).exists() == (status != 302)


def actor_of(account):
    """The actor for an administrator who uses the portal."""
    return Actor(ActorKind.ADMIN, id=str(account.user_id), label=account.sign_in_address, role=account.role)


def test_owner_renames_and_deletes_a_view_with_one_event_each(portal, people):
    save(portal, "Leavers", "status=inactive")
    view = SavedView.objects.get()
    form = pages.read(portal.get(f"/users/views/{view.pk}/")).form("")
    portal.post(f"/users/views/{view.pk}/", {**form.fields, "name": "Gone"})
    portal.post(f"/users/views/{view.pk}/", {**form.fields, "name": "Gone"})
    portal.post(f"/users/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()
    events = AuditEvent.objects.about(view.pk).order_by("created_at", "id")
    assert [event.action for event in events] == ["view.saved", "view.changed", "view.deleted"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "leavers", "a\nb"])
def test_invalid_name_is_refused_and_no_input_is_lost(portal, people, name):
    save(portal, "Leavers", "status=inactive")
    answer = save(portal, name, "status=active", is_shared="on")
    assert answer.status_code in {409, 422}
    form = pages.read(answer).form("")
    assert form.fields["query"] == "status=active"
    assert form.fields["is_shared"] == "on"
    assert SavedView.objects.count() == 1


def test_invalid_filters_are_not_saved(portal):
    assert save(portal, "Odd", "status=nonsense").status_code == 422
    assert not SavedView.objects.exists()


def test_unknown_parameters_are_not_saved(portal):
    save(portal, "All", "before=x&nonsense=1&size=50")
    assert SavedView.objects.get().query == "size=50"


@pytest.mark.parametrize("view", ["nonsense", "00000000-0000-4000-8000-000000000000", "\0"])
def test_unknown_view_opens_the_list(portal, people, view):
    assert len(names(pages.read(portal.get("/users/", {"view": view})))) == 4


def test_number_of_views_is_limited(portal, organization, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST_OWN", 2)
    monkeypatch.setattr(saved_views, "MOST_SHARED", 1)
    assert save(portal, "One", is_shared="on").status_code == 302
    assert save(portal, "Two", is_shared="on").status_code == 409
    assert save(portal, "Two").status_code == 302
    assert save(portal, "Three").status_code == 409
    own = SavedView.objects.get(name="Two")
    assert portal.post(f"/users/views/{own.pk}/", {"name": "Two", "is_shared": "on"}).status_code == 409
    assert SavedView.objects.count() == 2


def test_cost_of_the_list_does_not_depend_on_the_number_of_views(portal, people):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            portal.get("/users/")
        return len(captured)

    queries()
    few = queries()
    for number in range(10):
        save(portal, f"View {number}", is_shared="on" if number % 2 else "")
    assert queries() == few


def test_only_shared_views_of_a_permanently_deleted_owner_are_kept(organization):
    owner, browser = other(organization)
    save(browser, "Mine", "q=somebody")
    save(browser, "Ours", is_shared="on")
    deactivate_user(owner.user, actor=COMMAND)
    purge_user(User.objects.get(pk=owner.user_id), cause=Cause.ADMIN, actor=COMMAND)
    assert [view.name for view in SavedView.objects.all()] == ["Ours"]


def test_pages_that_end_access_list_shared_views(portal, organization):
    owner, browser = other(organization)
    save(browser, "Mine")
    save(browser, "Ours", is_shared="on")
    page = pages.read(portal.get(f"/users/{owner.user_id}/deactivate/"))
    assert page.texts("#ending-views li") == ["Ours"]
    page = pages.read(portal.post("/users/deactivate/", {"ids": [str(owner.user_id)]}))
    assert "Shared views 1" in page.texts(".endings dt")


def test_hostile_names_are_shown_as_text(portal):
    save(portal, '<b>x</b>"\u0027 \u202e', is_shared="on")
    save(portal, "<b>x</b>\"'", is_shared="on")
    page = pages.read(portal.get("/users/"))
    assert "<b>x</b>\"'" in page.texts("#views a")
    assert not page.all("#views b")


def test_duplicate_name_of_one_owner_is_refused(organization):
    content = ViewContent("Ops", False, "")
    save_view(organization, ViewPage.USERS, content, actor=COMMAND)
    with pytest.raises(InvalidNameError):
        save_view(organization, ViewPage.USERS, ViewContent("OPS", True, ""), actor=COMMAND)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (ViewContent("  ", False, ""), InvalidNameError, "1 to 60 characters"),
        (ViewContent("x" * 61, False, ""), InvalidNameError, "1 to 60 characters"),
        (ViewContent("Ops", False, "q=" + "x" * 1_999), InvalidSettingError, "too long to be saved"),
    ],
)
def test_long_query_or_empty_name_is_refused(organization, content, error, message):
    view = save_view(organization, ViewPage.USERS, ViewContent("Mine", False, "q=a"), actor=COMMAND)
    with pytest.raises(error, match=message):
        save_view(organization, ViewPage.USERS, content, actor=COMMAND)
    with pytest.raises(error, match=message):
        change_view(view, content, actor=COMMAND)
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("Mine", "q=a")


def test_administrator_without_the_right_cannot_change_a_view(organization):
    """A former full administrator who now has a lesser role."""
    owner, _ = other(organization)
    view = save_view(organization, ViewPage.USERS, ViewContent("Ours", True, ""), actor=actor_of(owner))
    by = actor_of(other(organization, Role.USER_ADMIN, "morpheus@example.com")[0])
    for act in (
        lambda: change_view(view, ViewContent("Theirs", True, ""), actor=by),
        lambda: delete_view(view, actor=by),
    ):
        with pytest.raises(InvalidSettingError, match="Only its owner and full administrators"):
            act()
    assert SavedView.objects.get().name == "Ours"


def test_deleting_a_view_twice_is_recorded_once(organization):
    view = save_view(organization, ViewPage.USERS, ViewContent("Ops", False, ""), actor=COMMAND)
    same = SavedView.objects.get()
    delete_view(view, actor=COMMAND)
    delete_view(same, actor=COMMAND)
    assert AuditEvent.objects.filter(action="view.deleted").count() == 1


def test_groups_have_separate_views(portal, organization):
    address = "/groups/views/save/"
    form = pages.read(portal.get(f"{address}?grants=any&sort=-name&after={new_id()}")).form("")
    answer = portal.post(address, {**form.fields, "name": "With a role"})
    view = SavedView.objects.get()
    assert (view.page, view.query, view.columns) == ("groups", "grants=any&sort=-name", [])
    assert answer["Location"] == f"/groups/?grants=any&sort=-name&view={view.pk}"
    page = pages.read(portal.get(answer["Location"]))
    assert "With a role" in page.one("button[popovertarget=views]").text
    assert page.one("form input[name=view]")["value"] == str(view.pk)
    assert "With a role" not in menu(portal), "the list of users has other views"
    assert portal.get(f"/users/views/{view.pk}/").status_code == 404
    portal.post(f"/groups/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("query", ["grants=any", "source=here"])
def test_built_in_views_of_groups_are_links_to_the_list(portal, query):
    page = pages.read(portal.get(f"/groups/?{query}"))
    assert page.one("#views a[aria-current]")["href"] == f"/groups/?{query}"
