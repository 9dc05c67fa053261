"""What an administrator of the scene gets at each URL of the portal, requested once per process."""

from dataclasses import dataclass

from tests import pages
from tests.scenes import PORTAL, undone

_visits = {}


@dataclass(frozen=True, slots=True)
class Visit:
    """The response to a GET of a route by a user who has just signed in."""

    name: str
    address: str
    status_code: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_page(self):
        return self.status_code == 200 and self.headers["Content-Type"].startswith("text/html")

    @property
    def page(self):
        return pages.read(self.body.decode())


def visits(scene):
    """One visit to each route by the full administrator."""
    key = scene.organization.pk
    if key not in _visits:
        with undone():
            _visits[key] = visits_with(scene.browser(), scene)
    return _visits[key]


def visits_with(browser, scene):
    """One visit to each route with this browser."""
    return [_visit(scene, browser, name) for name in PORTAL]


def visited_pages(scene):
    """The visits of the full administrator that returned a page."""
    return [visit for visit in visits(scene) if visit.is_page]


def _visit(scene, browser, name):
    address = scene.address(name)
    with undone(browser):
        answer = browser.get(address)
        return Visit(name, address, answer.status_code, dict(answer.headers), answer.getvalue())
