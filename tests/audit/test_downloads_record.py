"""Every page that returns a file is found by requesting it. A file with personal data records an event.

A new download needs a line in RECORDED or, with the reason, in IMPERSONAL. A page that asks for a format first also
needs one in FORMS.
"""

from pathlib import Path

import pytest
from django.db.models import F

from audit.seal import seal_events
from controlhub.models import UserImport
from directory.models import PeopleImport
from tests.audit.recorded import check_event, recorded
from tests.scenes import PORTAL, Scene, undone
from tests.servers import ROOT

pytestmark = pytest.mark.django_db

RECORDED = {
    "admin-export": "file.downloaded",
    "application-effects-file": "file.downloaded",
    "directory-import-failed": "file.downloaded",
    "directory-import-result": "file.downloaded",
    "directory-log-export": "provisioning_log.exported",
    "event-export": "events.exported",
    "person-data": "user.data_exported",
    "user-export": "users.exported",
    "user-import-failed": "file.downloaded",
    "user-import-result": "file.downloaded",
}
IMPERSONAL = {
    "application-export": "the settings of an application, without its credentials",
    "application-schema": "the same as a synchronization schema",
    "directory-import-template": "names of attributes",
    "checkpoint-note": "sizes, hashes and signatures",
    "event-proof": "public facts and hashes of an event",
    "receipt": "the id of the user and dates",
    "user-import-template": "names of attributes",
}
FORMS = {
    "directory-log-export": {"query": ""},
    "event-export": {"format": "csv", "query": ""},
    "person-data": {"format": "json"},
    "user-export": {"format": "csv", "query": ""},
}


@pytest.fixture
def scene():
    """Its imports have finished, so that they have results, and its events are sealed, so that they have proofs."""
    made = Scene()
    seal_events()
    for model in (UserImport, PeopleImport):
        model.objects.update(job=F("check_job"))
    return made


def is_file(response):
    return response.headers.get("Content-Disposition", "").startswith("attachment")


def ask(browser, scene, name):
    """The response of a page, read to the end, and the events of the request."""
    with recorded() as events:
        address = scene.address(name)
        response = browser.post(address, FORMS[name]) if name in FORMS else browser.get(address)
        if response.streaming:
            b"".join(response.streaming_content)
    return response, [event for event in events if event.action != "events.export_finished"]


def test_every_file_is_listed_and_recorded(scene, subtests):
    browser, label = scene.browser(), scene.admin.sign_in_address
    found = set()
    for name in PORTAL.keys() - {"account_logout"}:
        with subtests.test(name), undone(browser):
            response, events = ask(browser, scene, name)
            if not is_file(response):
                continue
            found.add(name)
            assert [event.action for event in events] == ([RECORDED[name]] if name in RECORDED else [])
            for event in events:
                check_event(event, organization=scene.organization, actor_kind="admin", actor_label=label)
    assert found == RECORDED.keys() | IMPERSONAL.keys()


def test_no_other_module_returns_files():
    """Files that no request to a route returns are found by searching the source."""
    views = {PORTAL[name].callback.__module__ for name in RECORDED.keys() | IMPERSONAL.keys()}
    giving = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in ("audit", "controlhub", "directory", "scim")
        for path in Path(ROOT / package).rglob("*.py")
        if "Content-Disposition" in path.read_text() or "as_attachment=" in path.read_text()
    }
    assert giving - views == {"controlhub.portal.downloads"}
