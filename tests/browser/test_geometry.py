"""The positions of elements in a real Chromium, and the state kept after going back or reloading."""

import pytest
from playwright.sync_api import expect

from controlhub.models import User
from tests.browser.conftest import HEIGHT, WIDTHS
from tests.browser.layout import misplaced
from tests.scenes import LONG, addresses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("address", ["/sign-in/", "/password/forgotten/", "/password/forgotten/sent/", "/nothing/"])
def test_sign_in_and_error_cards_are_centered(scene, site, open_context, address):
    page = open_context(site).new_page()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.goto(site + address)
        box = page.locator(".signin__card").bounding_box()
        assert box["x"] >= 0
        assert box["width"] >= min(320, width - 40)
        assert abs((box["x"] + box["width"] / 2) - width / 2) <= 1
        assert 0 <= box["y"] <= HEIGHT / 2
        for button in page.locator(".signin__card .btn:visible").all():
            inner = button.bounding_box()
            assert inner["x"] >= box["x"]
            assert inner["x"] + inner["width"] <= box["x"] + box["width"]


def test_narrow_navigation_needs_no_scrolling_on_a_low_screen(scene, site, open_context):
    page = open_context(site, scene).new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(site + "/")
    heights = page.eval_on_selector("nav.rail", "(rail) => [rail.scrollHeight, rail.clientHeight]")
    assert heights[0] <= heights[1]


def test_pages_with_the_longest_name_fit_on_a_phone(scene, site, open_context, subtests):
    pk = User.objects.get(organization=scene.organization, user_name=LONG).pk
    own = {path.replace(str(scene.active.pk), str(pk)) for path in addresses(scene)[0] if str(scene.active.pk) in path}
    page = open_context(site, scene).new_page()
    for path in sorted(own):
        page.goto(site + path)
        with subtests.test(path):
            assert misplaced(page, WIDTHS[0]) == []
    assert len(own) > 10


def test_going_back_after_filtering_shows_whole_pages(scene, site, open_context):
    page = open_context(site, scene).new_page()
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    page.goto(site + "/users/")
    page.goto(site + "/users/?status=active")
    page.fill("#id_q", "jensen")
    page.wait_for_url("**q=jensen*")
    assert page.url == f"{site}/users/?q=jensen&status=active", "fields without a value are left out"
    page.click("text=Barbara Jensen")
    page.wait_for_url(f"**/users/{scene.active.pk}/")
    for wanted in ("q=jensen", "status=active"):
        page.go_back()
        page.wait_for_url(f"**{wanted}*")
        expect(page.locator("nav.rail")).to_be_visible()
        expect(page.locator("h1")).to_have_text("Users")
        expect(page.locator("#results table")).to_be_visible()


def test_secret_and_theme_are_kept_after_a_reload(scene, site, open_context):
    page = open_context(site, scene).new_page()
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    page.goto(site + "/provisioning/add/")
    page.fill("#id_name", "Okta")
    page.click("button:has-text('Create token')")
    secret = page.locator("#secret").inner_text()
    page.reload()
    expect(page.locator("#secret")).to_have_text(secret)
    page.click("[popovertarget=theme-menu]")
    page.click("button[value=dark]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#secret")).to_have_text(secret)
    page.get_by_role("button", name="Hide").click()
    expect(page.locator("#secret")).to_have_count(0)
