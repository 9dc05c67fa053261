"""The external ID on the page of a user: who else has it, and whether the account was reused."""

from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.seed import add_people
from controlhub.actions.users import deactivate_user, delete_user, withdraw_user
from controlhub.actions.users.lifecycle import lock_with_groups
from controlhub.models import Connection, Role, User
from tests import factories
from tests.conftest import ScimClient
from tests.plans import rewrite

KEY = "00u1a2b3"


class Page(HTMLParser):
    """The text of a page, and its links as {address: text}."""

    def __init__(self, response):
        super().__init__()
        self.words, self.links, self._address = [], {}, None
        self.feed(response.content.decode())
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self._address = dict(attrs).get("href")
            self.links[self._address] = ""

    def handle_endtag(self, tag):
        if tag == "a":
            self._address = None

    def handle_data(self, data):
        self.words.append(data)
        if self._address:
            self.links[self._address] += data


SHARED = "the same external ID"


def page(browser, user):
    response = browser.get(f"/users/{user.pk}/")
    assert response.status_code == 200
    return Page(response)


@pytest.fixture
def user(organization):
    return factories.make_user(organization, "trinity@example.com", externalId=KEY)


def make_twin(organization, name="other@example.com", **document):
    return factories.make_user(organization, name, externalId=KEY, displayName="Other Person", **document)


def keep(twin):
    pass


def deactivate(twin):
    deactivate_user(twin, actor=factories.COMMAND)


def delete(twin):
    delete_user(twin, actor=factories.COMMAND)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
@pytest.mark.parametrize("end", [keep, deactivate, delete])
def test_user_page_links_to_the_user_with_the_same_external_id(organization, user, end, role):
    twin = make_twin(organization)
    end(twin)
    account, _ = factories.make_admin(organization, role=role)
    browser = factories.browser(account)
    for one, other in ((user, twin), (twin, user)):
        shown = page(browser, one)
        assert SHARED in shown.text
        assert f"/users/{other.pk}/" in shown.links
        assert browser.get(f"/users/{other.pk}/").status_code == 200


def withdraw(organization, other_organization):
    withdraw_user(lock_with_groups(make_twin(organization)), reason="SCIM DELETE", actor=factories.COMMAND)


def elsewhere(organization, other_organization):
    make_twin(other_organization)


def in_another_case(organization, other_organization):
    factories.make_user(organization, "other@example.com", externalId=KEY.upper())


def none(organization, other_organization):
    factories.make_user(organization, "other@example.com")


@pytest.mark.parametrize("make_other", [withdraw, elsewhere, in_another_case, none])
def test_user_page_does_not_warn_about_other_external_ids(organization, other_organization, portal, user, make_other):
    make_other(organization, other_organization)
    assert SHARED not in page(portal, user).text


def test_users_without_an_external_id_are_not_linked(organization, portal):
    first, _ = (factories.make_user(organization, f"user{number}@example.com") for number in range(2))
    assert SHARED not in page(portal, first).text


def test_user_page_lists_a_few_of_many_at_a_constant_cost(organization, portal, user):
    make_twin(organization)
    page(portal, user)
    with CaptureQueriesContext(connection) as few:
        page(portal, user)
    add_people(organization, 3_000)
    User.objects.filter(external_id__isnull=False).update(external_id=KEY)
    with CaptureQueriesContext(connection) as many:
        shown = page(portal, user)
    assert len(many) == len(few)
    assert len([label for label in shown.links.values() if "@" in label and label.endswith(")")]) == 5
    assert ", …." in shown.text


def test_users_with_one_external_id_are_found_with_an_index(organization, user):
    add_people(organization, 3_000)
    rewrite("controlhub_user")
    user.refresh_from_db()
    assert "user_external_id" in User.objects.sharing_external_id(user)[:6].explain()


def test_user_page_names_the_connection_that_owns_the_user(organization, portal):
    _, secret = factories.make_token(organization)
    client = ScimClient(organization, secret)
    user = User.objects.get(pk=client.post("/Users", {"userName": "neo@zion.example"}).document["id"])
    Connection.objects.update(name="Okta of the head office")
    assert "Okta of the head office" in page(portal, user).text
    Connection.objects.all().delete()
    assert "Okta of the head office" not in page(portal, user).text


def test_user_page_warns_that_the_account_may_belong_to_another_person(organization, portal, user):
    _, secret = factories.make_token(organization)
    client = ScimClient(organization, secret)
    said = "Restored with another external ID"
    assert said not in page(portal, user).text
    deactivate_user(user, actor=factories.COMMAND)
    client.post("/Users", {"userName": user.user_name, "externalId": "somebody else"})
    assert said in page(portal, user).text
    client.patch(f"/Users/{user.pk}", {"op": "replace", "path": "title", "value": "Pilot"})
    assert said in page(portal, user).text, "also after the event has left the list of recent ones"
