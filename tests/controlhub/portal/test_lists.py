"""Lists: the whole page or only its results, and filters with invalid values."""

import django_filters
import pytest

from controlhub.portal.forms.users import DeletedFilter, UserFilter
from tests import factories, pages
from tests.scenes import PORTAL, Scene

LISTS = {"/users/": UserFilter, "/users/deleted/": DeletedFilter}
PART = {"HX-Request": "true"}
RESTORED = {"HX-Request": "true", "HX-History-Restore-Request": "true"}


@pytest.fixture
def scene(db):
    return Scene()


def is_page(answer):
    return answer.status_code == 200 and answer["Content-Type"].startswith("text/html")


PARTIAL = {
    "admin-give",
    "application-assign",
    "application-demand",
    "application-gallery",
    "application-list",
    "application-logs",
    "connection-detail",
    "directory-deleted-list",
    "directory-group-list",
    "directory-group-member-add",
    "directory-log-list",
    "directory-user-list",
    "event-detail",
    "event-list",
    "group-detail",
    "group-list",
    "group-member-add",
    "job-bell",
    "job-detail",
    "search",
    "user-actions",
    "user-list",
}
"""The pages that return only a part of themselves to htmx."""


def test_history_is_restored_with_whole_pages(scene, subtests):
    """Tests the pages that return a part of themselves to htmx. The deep test includes all others."""
    browser, parts = factories.browser(scene.admin), set()
    for name in PORTAL:
        with subtests.test(name):
            address = scene.address(name)
            part = browser.get(address, headers=PART)
            if is_page(part) and pages.read(part).is_fragment:
                parts.add(name)
                restored = browser.get(address, headers=RESTORED, follow=True)
                assert not pages.read(restored).is_fragment
                for answer in (browser.get(address), part, browser.get(address, headers=RESTORED)):
                    vary = {header.strip().lower() for header in answer["Vary"].split(",")}
                    assert {"hx-request", "hx-history-restore-request"} <= vary
    assert parts == PARTIAL


@pytest.mark.deep
def test_history_is_restored_with_whole_pages_everywhere(scene, subtests):
    browser, whole = factories.browser(scene.admin), 0
    for name in PORTAL:
        with subtests.test(name):
            answer = browser.get(scene.address(name), headers=RESTORED)
            if is_page(answer):
                whole += 1
                assert not pages.read(answer).is_fragment
    assert whole > 30


def wrong_values():
    """Invalid values for each filter of each list."""
    for address, filters in LISTS.items():
        for name, found in filters.base_filters.items():
            values = ["a\0b"]
            if isinstance(found, django_filters.ChoiceFilter):
                values += ["nonsense", "²", "x" * 1_000]
            if isinstance(found, django_filters.CharFilter):
                values += ["x" * 201, "x" * 20_000]
            yield from ((address, name, value) for value in values)


def rows_of(page):
    return page.all("#results tbody tr, form.results tbody tr, tbody tr")


def each_once(values):
    """Each filter of each list once, and each invalid value once per kind of filter."""
    seen = set()
    for address, name, value in values:
        kind = type(LISTS[address].base_filters[name])
        if not {(address, name), (kind, value)} <= seen:
            seen |= {(address, name), (kind, value)}
            yield address, name, value


@pytest.mark.parametrize("chosen", [each_once, pytest.param(list, marks=pytest.mark.deep)])
def test_invalid_value_is_an_error_in_its_field_and_finds_nothing(scene, subtests, chosen):
    browser, tried, in_parts = factories.browser(scene.admin), 0, set()
    for address in LISTS:
        assert rows_of(pages.read(browser.get(address)))
    for address, name, value in chosen(wrong_values()):
        with subtests.test(f"{address} {name} {value[:20]!r}"):
            page = pages.read(browser.get(address, {name: value}))
            tried += 1
            assert not rows_of(page)
            assert "Invalid filter" in page.text
            (control,) = page.all(f"main [name={name}]:not([type=hidden])")
            field = control.find_parent(class_="field") or control.find_parent("form")
            assert field.select(".field__error"), "at the field"
            assert control.get("aria-invalid") == "true"
            if chosen is each_once and address in in_parts:
                continue
            in_parts.add(address)
            part = pages.read(browser.get(address, {name: value}, headers=PART))
            assert not rows_of(part)
            assert "Invalid filter" in part.text, "htmx swaps only the results"
    assert tried >= (8 if chosen is each_once else 20)
    assert in_parts == LISTS.keys()


def test_valid_values_still_filter(scene):
    browser = factories.browser(scene.admin)
    day = scene.active.created_at.date().isoformat()  # the scene may have been made before midnight
    for query in ({"status": "active"}, {"q": "jensen"}, {"source": "scim"}):
        assert rows_of(pages.read(browser.get("/users/", query)))
    for query in ({"date_from": day}, {"service": "Core Directory"}, {"target": str(scene.active.pk)}):
        assert rows_of(pages.read(browser.get("/audit/", query)))
