"""A real Chromium and signed-in pages. The web server is `site`, which other tests share."""

import os

import pytest
from django.conf import settings as used
from playwright.sync_api import sync_playwright

from controlhub import settings as product
from tests import factories
from tests.conftest import require_program
from tests.scenes import Scene

# Playwright's event loop runs in this thread, so Django would treat every query as one inside a coroutine.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
WIDTHS = (390, 768, 1024, 1440)
HEIGHT = 900
DESKTOP = {"viewport": {"width": 1280, "height": HEIGHT}}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-software-rasterizer", "--disable-extensions"]
"""Without these options, Chromium starts a separate process for rendering that no test needs."""


@pytest.fixture(scope="package")
def chromium():
    program = require_program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def people(transactional_db):
    organization = factories.make_organization()
    account, password = factories.make_admin(organization)
    barbara = factories.make_user(organization, "bjensen@example.com", displayName="Barbara Jensen")
    for index in range(30):
        factories.make_user(organization, f"user{index:02}@example.com", displayName=f"User {index}")
    return account, password, barbara


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def open_page(chromium, site, people, complaints):
    """`open_page(**options)`: a signed-in page. Errors reported by the browser are collected."""
    contexts = []

    def open_one(**options):
        context = chromium.new_context(**{**DESKTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site + "/users/")
        page.fill("#id_login", people[0].sign_in_address)
        page.fill("#id_password", people[1])
        page.keyboard.press("Enter")
        page.wait_for_url(site + "/users/")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def scene(transactional_db):
    return Scene()


@pytest.fixture
def open_context(chromium):
    """`open_context(site, scene)`: a browser with a signed-in administrator, or signed out without a scene."""
    contexts = []

    def open_one(site, scene=None, **options):
        context = chromium.new_context(viewport={"width": WIDTHS[0], "height": HEIGHT}, **options)
        contexts.append(context)
        if scene:
            key = factories.browser(scene.admin).cookies[used.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": product.SESSION_COOKIE_NAME, "value": key, "url": site}])
        return context

    yield open_one
    for context in contexts:
        context.close()
