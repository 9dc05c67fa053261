"""axe-core on every page of the portal, light on a desktop and dark on a phone: WCAG 2.2 AA and best practice."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import HEIGHT
from tests.scenes import addresses

pytestmark = [pytest.mark.deep, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
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
    response = page.goto(address, wait_until="load")
    if response is None or "html" not in response.headers.get("content-type", ""):
        return 0
    page.evaluate(Axe().axe_script)
    for width, theme, options in looks:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        with subtests.test(f"{urlsplit(address).path} {width} {theme}"):
            found = violations(page, options)
            assert not found, "\n".join(found)
    return 1


def test_every_page_is_accessible(scene, site, open_context, subtests):
    signed_in, nobody = addresses(scene)
    mine, stranger = open_context(site, scene).new_page(), open_context(site).new_page()
    check(mine, f"{site}/", subtests, FRAME)
    assert sum(check(mine, site + address, subtests) for address in signed_in) > 50
    assert sum(check(stranger, site + address, subtests) for address in nobody) > 8
