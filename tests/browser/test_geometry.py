"""Every page of the portal at four widths in a real Chromium: nothing is cut off, nothing scrolls sideways."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import HEIGHT, WIDTHS
from tests.scenes import addresses

pytestmark = [pytest.mark.deep, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STRAYING = """() => {
  const width = document.documentElement.clientWidth;
  const isClipped = (element) => {
    for (let parent = element; parent; parent = parent.parentElement)
      if (getComputedStyle(parent).clipPath !== "none") return true;  // only for screen readers
    return false;
  };
  const isHidden = (element) => element.closest(".skip, dialog:not([open])") || isClipped(element);
  const scrolls = (element) => {
    for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(parent).overflowX)) return true;
    return false;
  };
  const shortens = (element) => {
    for (let parent = element; parent && parent !== document.body; parent = parent.parentElement)
      if (getComputedStyle(parent).textOverflow === "ellipsis") return true;
    return false;
  };
  const found = [];
  const whole = document.documentElement.scrollWidth;
  if (whole > width) found.push(`the document is ${whole} wide`);
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || isHidden(element) || element.closest("svg")) continue;
    const name = `${element.tagName}.${element.className} ${(element.textContent || "").trim().slice(0, 40)}`;
    const isOutside = box.left < -1 || box.right > width + 1;
    if (isOutside && !scrolls(element)) found.push(`${name}: ${box.left} to ${box.right}`);
    const style = getComputedStyle(element);
    const isCut = element.scrollWidth > element.clientWidth + 1 && ["hidden", "clip"].includes(style.overflowX);
    const isField = ["INPUT", "SELECT", "TEXTAREA"].includes(element.tagName);
    if (isCut && !shortens(element) && !isField) found.push(`${name}: cut off`);
  }
  return found;
}"""
CARD = """() => [...document.querySelectorAll("main form, main .signin__card, .signin__card")].map((element) => {
  const box = element.getBoundingClientRect();
  return [box.left, box.right, box.width];
})"""


def check(page, address, subtests, scheme=""):
    response = page.goto(address, wait_until="load")
    if response is None or "html" not in response.headers.get("content-type", ""):
        return 0
    page.evaluate("document.fonts.ready")
    for width in WIDTHS:
        with subtests.test(f"{urlsplit(address).path} {width} {scheme}"):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            assert page.evaluate(STRAYING)[:8] == []
            for left, right, wide in page.evaluate(CARD):
                assert left >= 0
                assert right <= width
                assert wide == 0 or wide >= min(200, width - 40) or wide <= width
    return 1


def test_every_page_fits_every_width(scene, site, open_context, subtests):
    signed_in, nobody = addresses(scene)
    mine, stranger = open_context(site, scene).new_page(), open_context(site).new_page()
    assert sum(check(mine, site + address, subtests) for address in signed_in) > 50
    assert sum(check(stranger, site + address, subtests) for address in nobody) > 8


@pytest.mark.parametrize("address", ["/sign-in/", "/password/forgotten/", "/password/forgotten/sent/", "/nothing/"])
def test_the_card_of_sign_in_and_error_pages_is_in_the_middle(scene, site, open_context, address):
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


def test_back_after_filtering_shows_whole_pages(scene, site, open_context):
    page = open_context(site, scene).new_page()
    page.set_viewport_size({"width": 1280, "height": HEIGHT})
    page.goto(site + "/users/")
    page.goto(site + "/users/?status=active")
    page.fill("#id_q", "jensen")
    page.wait_for_url("**q=jensen*")
    page.click("text=Barbara Jensen")
    page.wait_for_url(f"**/users/{scene.active.pk}/")
    for wanted in ("q=jensen", "status=active"):
        page.go_back()
        page.wait_for_url(f"**{wanted}*")
        expect(page.locator("nav.rail")).to_be_visible()
        expect(page.locator("h1")).to_have_text("Users")
        expect(page.locator("#results table")).to_be_visible()


def test_a_secret_is_there_after_a_reload_and_the_theme(scene, site, open_context):
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
