"""The questions that people bring to the audit log, answered in a browser."""

import json
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from playwright.sync_api import expect

from audit.actor import Actor, ActorKind
from audit.seal import seal_events
from controlhub.actions.users import delete_user
from scim.api.request_log import REQUESTS
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def test_log_shows_who_deleted_a_person_last_week(site, people, open_page):
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


def test_log_shows_all_events_of_one_scim_request(site, people, open_page):
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
    page.wait_for_url("**parent=**")
    expect(page.locator("table.audit a.evlink")).to_have_count(3)
    page.reload()
    expect(page.locator(".facet.is-on")).to_contain_text("Part of")


def test_swap_keeps_open_menu_with_selection_and_focus(site, people, open_page):
    page = open_page()
    page.goto(site + "/audit/")
    page.click("button[popovertarget=f-date]")
    page.check("#f-date input[value=week]")
    page.evaluate("document.querySelector('#f-date').dataset.old = ''")
    page.evaluate("htmx.ajax('GET', '/audit/', {target: '#results', swap: 'innerHTML'})")
    expect(page.locator("#f-date")).not_to_have_attribute("data-old", "")
    expect(page.locator("#f-date input[value=week]")).to_be_checked()
    expect(page.locator("#f-date input[value=week]")).to_be_focused()
    page.click("#f-date button:has-text('Apply')")
    page.wait_for_url("**date=week**")
    expect(page.locator("#f-date")).to_be_hidden()
    expect(page.locator("button[popovertarget=f-date]")).to_be_focused()


def test_log_shows_why_a_scim_write_was_refused(site, people, open_page):
    """Goes from the newest failures to the reason, and to the submitted values."""
    REQUESTS.__init__()
    organization = people[0].user.organization
    token, secret = factories.make_token(organization)
    answer = Client().post(
        f"/v1/scim/{organization.pk}/Users",
        json.dumps({"schemas": [USER], "userName": "bjensen@example.com"}),
        content_type="application/scim+json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 409
    REQUESTS.flush()
    page = open_page()
    page.goto(site + "/audit/")
    page.click("button[popovertarget=f-status]")
    page.click("#f-status label:has-text('Failure')")
    page.click("#f-status button:has-text('Apply')")
    page.wait_for_url("**status=failure**")
    row = page.locator("table.audit tbody tr", has_text="Refuse request")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("was refused: Another resource already has this value.")
    row.locator("a.evlink").click()
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text(token.name)
    expect(drawer).to_contain_text("POST /Users")
    expect(drawer).to_contain_text("409")


def test_histogram_bar_narrows_the_period_by_keyboard(site, people, open_page):
    page = open_page()
    page.goto(site + "/audit/")
    page.focus(".hist summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**date_from=**")
    expect(page.locator(".facet.is-on")).to_contain_text("Date")
    assert page.locator("table.audit a.evlink").count() == 25


def test_dragging_over_the_histogram_selects_a_period(site, people, open_page):
    page = open_page()
    page.goto(site + "/audit/?date=day")
    chart = page.locator(".hist svg")
    box = chart.bounding_box()
    number = chart.locator("a").count()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 30)
    expect(chart.locator(".sel")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(chart.locator(".sel")).to_have_count(0)
    page.mouse.up()
    assert "date_from" not in page.url
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 40)
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 40)
    page.mouse.up()
    page.wait_for_url("**date_from=**")
    first, last = (value[0] for name, value in parse_qs(urlsplit(page.url).query).items() if name.startswith("date_"))
    assert first < last
    assert 1 < (datetime.fromisoformat(last) - datetime.fromisoformat(first)) / timedelta(hours=1) < number
    assert page.locator("table.audit a.evlink").count() == 25


def test_live_mode_shows_new_events_until_paused(site, people, open_page):
    organization = people[0].user.organization
    page = open_page()
    page.goto(site + "/audit/")
    live = page.locator("#list-live")
    live.click()
    expect(live).to_have_attribute("aria-pressed", "true")
    expect(live).to_have_text("Pause live")
    factories.make_user(organization, "first@example.com")
    expect(page.locator("table.audit")).to_contain_text("first@example.com", timeout=15_000)
    page.evaluate("window.scrollTo(0, 600)")
    factories.make_user(organization, "second@example.com")
    factories.make_user(organization, "third@example.com")
    fresh = page.locator("#fresh a")
    expect(fresh).to_have_text("Show 2 new events", timeout=15_000)
    expect(page.locator("table.audit")).not_to_contain_text("third@example.com")
    fresh.click()
    expect(page.locator("table.audit")).to_contain_text("third@example.com")
    live.click()
    expect(live).to_have_attribute("aria-pressed", "false")
    expect(live).to_have_text("Live")


def test_link_shows_new_events_without_script(site, people, open_page):
    page = open_page(java_script_enabled=False)
    page.goto(site + "/audit/?category=UserManagement")
    expect(page.locator("#list-live")).to_be_hidden()
    factories.make_user(people[0].user.organization, "later@example.com")
    page.click("#list-refresh")
    expect(page.locator("table.audit")).to_contain_text("later@example.com")
    assert "category=UserManagement" in page.url


def test_exported_bundle_is_verified_offline(site, people, open_page, tmp_path):
    seal_events()
    page = open_page()
    page.goto(site + "/audit/?activity=Add+user")
    page.click("#list-export")
    page.click("label:has-text('Signed bundle')")
    with page.expect_download() as download:
        page.click("button:has-text('Download')")
    path = tmp_path / "log.zip"
    download.value.save_as(path)
    zipfile.ZipFile(path).extract("verifier.py", tmp_path)
    command = [sys.executable, "-I", tmp_path / "verifier.py", path]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    assert "32 events: complete and unchanged." in found.stdout
