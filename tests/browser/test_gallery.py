"""Each component in both themes and on a phone. The screenshots are in `var/test/gallery`."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import RequestFactory

from controlhub.portal.views.gallery import gallery
from tests.servers import collected_static

SITE = "http://gallery.invalid"
FOLDER = Path(__file__).resolve().parents[2] / "var" / "test" / "gallery"
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def serve(route):
    """Serve the gallery's page and the static files without a web server."""
    path = urlsplit(route.request.url).path
    if path == "/gallery/":
        response = gallery(RequestFactory().get(path))
        route.fulfill(body=response.content.decode(), content_type="text/html")
    elif (found := collected_static() / path.lstrip("/")).is_file():
        route.fulfill(path=found)
    else:
        route.fulfill(status=404)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_fits_and_has_both_themes(chromium, size, theme):
    context = chromium.new_context(viewport=SIZES[size], color_scheme=theme)
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**", serve)
    page.goto(f"{SITE}/gallery/")
    page.evaluate("document.fonts.ready")
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture = FOLDER / f"{size}-{theme}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 20_000
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    background = page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
    lightness = sum(int(part) for part in background.strip("rgba()").split(",")[:3]) / 3
    assert (lightness > 128) is (theme == "light")
    assert not complaints
    context.close()
