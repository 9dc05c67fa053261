"""The questions that people bring to the audit log, answered in a browser."""

import json

import pytest
from django.test import Client
from playwright.sync_api import expect

from audit.actor import Actor, ActorKind
from controlhub.actions.users import delete_user
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def test_who_deleted_a_person_last_week(site, people, open_page):
    account, _password, barbara = people
    actor = Actor(ActorKind.ADMIN, id=str(account.user_id), label=account.sign_in_address, address="192.0.2.7")
    delete_user(barbara, actor=actor)
    page = open_page()
    page.goto(site + "/audit/")
    page.fill("#id_q", "Barbara Jensen")
    page.press("#id_q", "Enter")
    page.wait_for_url("**q=Barbara**")
    page.click("button[popovertarget=f-date]")
    page.click("#f-date label:has-text('Last 7 days')")
    page.click("#f-date button:has-text('Apply')")
    page.wait_for_url("**date=week**")
    row = page.locator("table.audit tbody tr", has_text="Delete user")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(f"{account.user.display_label} deleted bjensen@example.com")
    row.locator("a.evlink").click()
    expect(page.locator("#drawer")).to_contain_text("192.0.2.7")


def test_what_happened_in_one_scim_request(site, people, open_page):
    organization = people[0].user.organization
    _, secret = factories.make_token(organization)
    users = [{"schemas": [USER], "userName": f"{name}@example.com"} for name in ("ada", "alan", "grace")]
    operations = [{"method": "POST", "path": "/Users", "bulkId": f"b{n}", "data": user} for n, user in enumerate(users)]
    answer = Client().post(
        f"/v1/scim/{organization.pk}/Bulk",
        json.dumps({"schemas": [BULK], "Operations": operations}),
        content_type="application/scim+json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200
    page = open_page()
    page.goto(site + "/audit/?tab=provisioning&target=grace@example.com")
    page.click("a.evlink")
    drawer = page.locator("#drawer")
    expect(drawer.locator(".sib li")).to_have_count(2)
    drawer.locator("a:has-text('Show in the audit log')").click()
    page.wait_for_url("**request=**")
    expect(page.locator("table.audit a.evlink")).to_have_count(3)
    page.reload()
    expect(page.locator(".facet.is-on")).to_contain_text("Request ID")


def test_a_bar_of_the_histogram_narrows_by_keyboard(site, people, open_page):
    page = open_page()
    page.goto(site + "/audit/")
    page.focus(".hist summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**date_from=**")
    expect(page.locator(".facet.is-on")).to_contain_text("Date")
    assert page.locator("table.audit a.evlink").count() == 25
