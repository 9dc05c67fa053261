"""Every page of the portal in a real Chromium.

At four widths, nothing is cut off or scrolls sideways. axe-core finds no violations of WCAG 2.2 AA and best practices,
in light mode on a desktop and in dark mode on a phone. Pages with the same elements, apart from texts, are checked only
once, and on each page only new parts are checked, for example not the navigation again.
"""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import HEIGHT, WIDTHS
from tests.browser.layout import KNOWN, misplaced
from tests.browser.shapes import Shapes
from tests.scenes import addresses

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = 3
"""The number of tests that share the pages and run in parallel."""
PHONE, *_, DESKTOP = WIDTHS
ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_LAYOUT = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
"""Rules about colors and positions. The results of all other rules are the same in each theme and width."""
BASE = {"resultTypes": ["violations"], "preload": False}  # otherwise it would read the style sheet again on each page
_RUN = "async (options) => (await axe.run(options)).violations"
_HIDDEN = "() => { window.hiddenBefore = [...document.body.querySelectorAll('*')].filter((e) => !e.checkVisibility()) }"
_APPEARS = "() => window.hiddenBefore.some((element) => element.isConnected && element.checkVisibility())"


def violations(page, rules, **options):
    """axe-core's violations: the rule, the reason, and the first elements. The page has loaded axe-core."""
    found = page.evaluate(_RUN, BASE | {"runOnly": rules} | options)
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:160] for node in rule['nodes'][:3]]}" for rule in found]


def check(page, address, subtests, shapes):
    """Open one page and check it in every width and theme. Returns whether it is an HTML page."""
    page.emulate_media(color_scheme="light")
    response = page.goto(address, wait_until="load")
    if response is None or "html" not in response.headers.get("content-type", ""):
        return False
    page.evaluate("document.fonts.ready")
    path = urlsplit(address).path
    is_new = shapes.are_new(page)
    for width in WIDTHS:
        with subtests.test(f"{path} {width}"):
            assert misplaced(page, width) == []
    if is_new:
        inspect(page, path, subtests)
    return True


def inspect(page, path, subtests):
    """Let axe-core check the parts that are new on this page. The window is as wide as a desktop."""
    page.evaluate("(known) => document.querySelectorAll(`[${known}]`).forEach((part) => part.remove())", KNOWN)
    page.evaluate(Axe().axe_script)
    page.evaluate(_HIDDEN)
    with subtests.test(f"{path} {DESKTOP} light"):
        found = violations(page, ALL)
        assert not found, "\n".join(found)
    page.set_viewport_size({"width": PHONE, "height": HEIGHT})
    page.emulate_media(color_scheme="dark")
    with subtests.test(f"{path} {PHONE} dark"):
        found = violations(page, ALL if page.evaluate(_APPEARS) else OF_LAYOUT)
        assert not found, "\n".join(found)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_fits_and_is_accessible(scene, site, open_context, subtests, part):
    signed_in, nobody = addresses(scene)
    mine, stranger = (open_context(site, who, reduced_motion="reduce").new_page() for who in (scene, None))
    shapes = Shapes()
    assert check(mine, f"{site}/", subtests, shapes)
    look_at_the_rest_of_the_frame(mine, subtests)
    assert sum(check(mine, site + address, subtests, shapes) for address in signed_in[part::PARTS]) > 50 / PARTS
    assert sum(check(stranger, site + address, subtests, shapes) for address in nobody[part::PARTS]) > 8 / PARTS


def look_at_the_rest_of_the_frame(page, subtests):
    """Phones hide much of the navigation, so check it in dark mode on a desktop, too. Reads the style sheet, once."""
    page.set_viewport_size({"width": DESKTOP, "height": HEIGHT})
    with subtests.test("/ dark"):
        assert violations(page, ["color-contrast"]) == []
    with subtests.test("/ orientation"):
        assert violations(page, ["css-orientation-lock"], preload=True) == []


FORM = (
    '<html lang="en"><head><title>x</title></head><body><main><h1>Users</h1><form><label for="a">Name</label>'
    '<input id="a"><button>Save</button></form></main></body></html>'
)
DEFECTS = {
    "label": ("for=", "data-for=", "label: "),
    "contrast": ("<button", '<button style="color: #888; background: #999"', "color-contrast: "),
    "overflow": ("<h1", '<h1 style="width: 800px"', "the document is "),
    "cut": (
        "Users",
        '<div style="width: 3rem; overflow: hidden; white-space: nowrap">Administrators</div>',
        ": cut off",
    ),
}


@pytest.mark.parametrize("kind", DEFECTS)
def test_defect_makes_a_new_shape_and_is_found(open_context, kind):
    old, new, wanted = DEFECTS[kind]
    page, shapes = open_context(None).new_page(), Shapes()
    page.set_content(FORM)
    assert shapes.are_new(page)
    page.set_content(FORM.replace("Users", "Groups").replace(">Name<", ">Title<"))
    assert not shapes.are_new(page)
    assert misplaced(page, PHONE) == []
    page.set_content(FORM.replace(old, new))
    assert shapes.are_new(page)
    page.evaluate(Axe().axe_script)
    assert wanted in str([*misplaced(page, PHONE), *violations(page, ALL)])
