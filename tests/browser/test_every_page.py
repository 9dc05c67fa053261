"""Every page of the portal in a real Chromium.

At four widths nothing is cut off and nothing scrolls sideways; axe-core finds nothing against WCAG 2.2 AA and best
practice, light on a desktop and dark on a phone.
"""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import HEIGHT, WIDTHS
from tests.browser.layout import misplaced
from tests.scenes import addresses

pytestmark = [pytest.mark.deep, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PARTS = 3
"""Tests that share the pages, and run at once."""
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"runOnly": LEVELS}
COLORS = {"runOnly": ["color-contrast"]}
LOOKS = ((1280, "light", ALL), (390, "dark", ALL))
"""Width, theme, and what axe-core looks at. The theme changes colors and nothing else, the width everything else."""
FRAME = (*LOOKS, (1280, "dark", COLORS))
"""A phone shows the contents of a page in the dark theme, but not all of the navigation around them."""


def violations(page, options):
    """What axe-core objects to: the rule, why, and the first elements. The page has loaded axe-core."""
    found = page.evaluate(
        "async options => (await axe.run(options)).violations", options | {"resultTypes": ["violations"]}
    )
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:160] for node in rule['nodes'][:3]]}" for rule in found]


def check(page, address, subtests, looks=LOOKS):
    """Open one page and look at it in every width and theme; whether it is one."""
    response = page.goto(address, wait_until="load")
    if response is None or "html" not in response.headers.get("content-type", ""):
        return False
    page.evaluate("document.fonts.ready")
    path = urlsplit(address).path
    for width in WIDTHS:
        with subtests.test(f"{path} {width}"):
            assert misplaced(page, width) == []
    page.evaluate(Axe().axe_script)
    for width, theme, options in looks:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        with subtests.test(f"{path} {width} {theme}"):
            found = violations(page, options)
            assert not found, "\n".join(found)
    return True


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_fits_and_is_accessible(scene, site, open_context, subtests, part):
    signed_in, nobody = addresses(scene)
    mine, stranger = open_context(site, scene).new_page(), open_context(site).new_page()
    assert check(mine, f"{site}/", subtests, FRAME)
    assert sum(check(mine, site + address, subtests) for address in signed_in[part::PARTS]) > 50 / PARTS
    assert sum(check(stranger, site + address, subtests) for address in nobody[part::PARTS]) > 8 / PARTS
