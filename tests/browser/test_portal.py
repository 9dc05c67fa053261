"""The main path through the portal in a real Chromium: by mouse, by keyboard, on a phone, and without script."""

import re

import pytest
from playwright.sync_api import expect

from controlhub.models import User

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"viewport": {"width": 390, "height": 844}}


def test_user_is_found_and_deactivated_and_the_log_shows_it(open_page, people):
    page = open_page()
    page.fill("#id_q", "jensen")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    assert "q=jensen" in page.url
    page.click("text=Barbara Jensen")
    page.click("text=Deactivate")
    page.click("button:has-text('Deactivate user')")
    assert page.locator(".banner").inner_text() == "Barbara Jensen deactivated."
    assert not User.objects.get(pk=people[2].pk).active
    page.click("text=Audit log")
    choose_activity(page, "Disable account")
    expect(page.locator(".evlink")).to_have_count(1)
    page.click(".evlink")
    page.wait_for_selector("#drawer[open] >> text=Performed by")
    assert page.evaluate("document.activeElement.tagName") == "H2", "focus goes to the drawer's heading"
    page.keyboard.press("Escape")
    assert page.locator("#drawer[open]").count() == 0


def test_row_menu_works_by_keyboard_and_mouse(open_page, people):
    page = open_page()
    link = page.locator("tr:has-text('Barbara Jensen') .c-menu a")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#row-menu a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#row-menu")).to_be_hidden()
    expect(link).to_be_focused()
    link.click()
    page.click("#row-menu >> text=Deactivate")
    page.click("button:has-text('Deactivate user')")
    assert not User.objects.get(pk=people[2].pk).active
    page.goto(page.url.split("/users/")[0] + "/users/")
    page.click("tr:has-text('Barbara Jensen') .c-menu a")
    page.click("#row-menu >> text=Reactivate")
    expect(page.locator(".banner")).to_have_text("Barbara Jensen reactivated.")


def choose_activity(page, name):
    page.click("button[popovertarget=f-activity]")
    page.check(f"#f-activity input[value='{name}']")
    page.click("#f-activity button:has-text('Apply')")


def test_token_is_issued_copied_and_revoked(open_page, site):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(site + "/provisioning/add/")
    page.fill("#id_name", "Okta")
    page.click("button:has-text('Create token')")
    page.click("[data-copy=secret]")
    expect(page.locator("#live")).to_contain_text("Copied")
    assert re.match(r"chub_[\w-]{40,}\Z", page.evaluate("navigator.clipboard.readText()"))
    page.get_by_role("link", name=re.compile("^Revoke Okta")).click()
    page.click("button:has-text('Revoke token')")
    assert "revoked" in page.locator(".banner").inner_text()


def test_main_path_works_without_script(open_page, site, people):
    page = open_page(java_script_enabled=False)
    page.fill("#id_q", "jensen")
    page.press("#id_q", "Enter")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.click("text=Barbara Jensen")
    page.get_by_role("link", name="Delete", exact=True).click()
    page.click("button:has-text('Delete user')")
    page.click("button:has-text('Restore user')")
    assert "restored" in page.locator(".banner").inner_text()
    page.goto(site + "/audit/")
    choose_activity(page, "Restore user")
    page.click(".evlink")
    assert page.locator("h1", has_text="Restore user").count() == 1


def test_theme_is_chosen_by_keyboard_and_kept(open_page):
    page = open_page()
    page.focus("[popovertarget=theme-menu]")
    page.keyboard.press("Enter")
    for index in range(3):
        expect(page.locator("button[name=theme]").nth(index)).to_be_focused()
        if index < 2:
            page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-theme=dark]")
    page.reload()
    assert page.locator("html[data-theme=dark]").count() == 1
