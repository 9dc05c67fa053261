"""The menu of one user in the list: a separate page, part of which is shown by a script."""

import pytest

from controlhub.actions.users import deactivate_user, delete_user
from controlhub.models import Connection, Role, User
from tests import factories, pages
from tests.factories import COMMAND

ACTIONS = ("invite", "access/revoke", "deactivate", "reactivate", "delete", "extend", "purge", "role")


@pytest.fixture
def barbara(organization):
    return factories.make_user(organization, "bjensen@example.com", displayName="Barbara Jensen")


def offered(portal, user):
    """The actions offered in the menu as links or buttons, by the end of their URL."""
    page = pages.read(portal.get(f"/users/{user.pk}/actions/", headers={"HX-Request": "true"}))
    found = {link["href"] for link in page.all("a")} | {form["action"] for form in page.all("form")}
    return {action for action in ACTIONS if any(address.endswith(f"{user.pk}/{action}/") for address in found)}


def not_verified(user):
    User.objects.filter(pk=user.pk).update(verified=False)


@pytest.mark.parametrize(
    ("become", "role", "expected"),
    [
        (None, Role.FULL_ADMIN, {"access/revoke", "deactivate", "delete", "role"}),
        (None, Role.USER_ADMIN, {"access/revoke", "deactivate", "delete", "role"}),
        (None, Role.READ_ONLY_ADMIN, set()),
        (not_verified, Role.USER_ADMIN, {"invite", "access/revoke", "deactivate", "delete", "role"}),
        (not_verified, Role.HELP_DESK, {"invite"}),
        (deactivate_user, Role.FULL_ADMIN, {"reactivate", "extend", "delete", "purge"}),
        (deactivate_user, Role.HELP_DESK, {"reactivate"}),
        (deactivate_user, Role.READ_ONLY_ADMIN, set()),
        (delete_user, Role.FULL_ADMIN, {"reactivate", "extend", "purge"}),
    ],
)
def test_menu_offers_actions_for_status_and_role(organization, barbara, become, role, expected):
    if become:
        become(barbara, **({} if become is not_verified else {"actor": COMMAND}))
    admin, _ = factories.make_admin(organization, role=role)
    browser = factories.browser(admin)
    assert offered(browser, barbara) == expected
    for action in expected - {"invite", "access/revoke", "reactivate"}:
        assert browser.get(f"/users/{barbara.pk}/{action}/").status_code == 200


def test_list_links_to_the_menu_of_each_user(portal, barbara):
    link = pages.read(portal.get("/users/?q=bjensen")).one(".c-menu a")
    assert (link["href"], link["hx-get"]) == (f"/users/{barbara.pk}/actions/",) * 2
    assert "Barbara Jensen" in link["aria-label"]
    whole = pages.read(portal.get(link["href"]))
    assert whole.one("h1").text == "Actions"


def test_menu_names_the_directory_that_will_resend_the_values(portal, scim):
    Connection.objects.update(name="Entra ID")
    user = scim.post("/Users", {"userName": "trinity@example.com"}).document
    menu = pages.read(portal.get(f"/users/{user['id']}/actions/", headers={"HX-Request": "true"}))
    assert "Managed by Entra ID" in menu.one(".menu__note").text
