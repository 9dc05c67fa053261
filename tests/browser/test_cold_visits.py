"""What a browser with an empty cache loads for a page: few small requests, and none blocked by the policy."""

import pytest
from django.conf import settings

from controlhub import settings as product
from tests import factories
from tests.scenes import Scene

pytestmark = pytest.mark.django_db(transaction=True)
MOST_REQUESTS = 12
MOST_BYTES = {"Document": 60_000, "Stylesheet": 30_000, "Script": 40_000}
"""The limits for compressed bytes, by Chromium's name of the resource type."""


@pytest.fixture
def scene(transactional_db):
    scene = Scene()
    for number in range(100):
        factories.make_user(scene.organization, f"user{number}@example.com", displayName=f"User {number}")
    return scene


class Visit:
    """A page in a browser with an empty cache: its requests, their bytes, and the browser's messages."""

    def __init__(self, context, address):
        self.said, self.requests, self._bytes = [], {}, {}
        page = context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        devtools = context.new_cdp_session(page)
        devtools.on("Network.responseReceived", lambda event: self.requests.update({event["requestId"]: event}))
        devtools.on("Network.loadingFinished", self._finish)
        devtools.send("Network.enable")
        page.goto(address, wait_until="networkidle")
        page.evaluate("document.fonts.ready")

    def _finish(self, event):
        self._bytes[event["requestId"]] = event["encodedDataLength"]

    def of(self, kind):
        return [event["response"] for event in self.requests.values() if event["type"] == kind]

    def bytes(self, kind):
        return sum(self._bytes[number] for number, event in self.requests.items() if event["type"] == kind)


@pytest.fixture
def visit(chromium, site):
    contexts = []

    def visit_one(path, admin=None, **options):
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, **options)
        contexts.append(context)
        if admin:
            key = factories.browser(admin).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": product.SESSION_COOKIE_NAME, "value": key, "url": site}])
        return Visit(context, site + path)

    yield visit_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_cold_visit_needs_few_small_requests(scene, visit, subtests, has_script):
    user = f"/users/{scene.active.pk}/"
    for path in ("/", "/users/?size=100", user, f"{user}profile/", "/groups/", "/audit/", "/provisioning/"):
        with subtests.test(path):
            check(visit(path, scene.admin, java_script_enabled=has_script), scripts=int(has_script))
    with subtests.test("/sign-in/"):
        # Passkeys need a separate script that other pages do not load.
        check(visit("/sign-in/", java_script_enabled=has_script), scripts=2 * has_script)


def check(visited, scripts):
    (document,) = visited.of("Document")
    assert document["status"] == 200
    assert len(visited.requests) <= MOST_REQUESTS, [event["response"]["url"] for event in visited.requests.values()]
    assert len(visited.of("Stylesheet")) == 1
    assert len(visited.of("Script")) == scripts
    for kind, most in MOST_BYTES.items():
        assert visited.bytes(kind) <= most, kind
    for answer in visited.of("Stylesheet") + visited.of("Script"):
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        assert headers["content-encoding"] == "br", answer["url"]
        assert "immutable" in headers["cache-control"], answer["url"]
    assert visited.said == []
