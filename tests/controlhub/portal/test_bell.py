"""The bell in the header: the viewer's own current jobs, and decisions that wait for them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from controlhub.models import AccessToken, Job, JobState, PurgeRun, PurgeState, Role
from tests import factories, pages

HTMX = {"HX-Request": "true"}


def start(organization, account, state=JobState.RUNNING, **values):
    values = {"kind": "unknown", "total": 40, "done": 10, **values}
    return Job.objects.create(organization=organization, started_by=account.user_id, state=state, **values)


def bell(client, path="/account/"):
    return pages.read(client.get(path)).one("details#bell")


def said(element):
    return pages.text_of(element.select_one("summary .vh"))


def test_bell_counts_running_and_recently_finished_jobs(organization, admin, portal):
    assert not bell(portal).select(".bell__n")
    assert said(bell(portal)).endswith("nothing new")
    start(organization, admin)
    start(organization, admin, JobState.DONE, finished_at=Now())
    start(organization, admin, JobState.FAILED, finished_at=Now() - timedelta(hours=1))
    found = bell(portal)
    assert pages.text_of(found.select_one(".bell__n")) == "2"
    assert said(found).endswith("1 job not finished, 1 job finished")
    assert [pages.text_of(one) for one in found.select(".bell__panel .status")] == ["Done", "Running"]


def test_bell_shows_only_ones_own_jobs(organization, other_organization, portal):
    helper, _ = factories.make_admin(organization, "help@example.com", Role.HELP_DESK)
    start(organization, helper)
    stranger, _ = factories.make_admin(other_organization, "stranger@example.com")
    start(other_organization, stranger)
    assert not bell(portal).select(".bell__n")
    assert pages.text_of(bell(factories.browser(helper)).select_one(".bell__n")) == "1"


def test_bell_lists_decisions_that_the_role_can_make(organization, portal):
    PurgeRun.objects.create(organization=organization, state=PurgeState.STAGED, due=99)
    found = bell(portal)
    assert "1 decision" in said(found)
    assert "/purges/" in [link["href"] for link in found.select(".bell__panel a")]
    helper, _ = factories.make_admin(organization, "help@example.com", Role.HELP_DESK)
    assert "99 users" not in pages.text_of(bell(factories.browser(helper)))


def test_long_lists_end_with_the_number_of_remaining_items(organization, portal):
    for _ in range(7):
        token, _secret = factories.make_token(organization)
        AccessToken.objects.filter(pk=token.pk).update(expires_at=Now() + timedelta(days=6))
    found = bell(portal)
    assert pages.text_of(found.select_one(".bell__n")) == "7"
    assert len(found.select(".bell__panel li")) == 5
    assert pages.text_of(found.select_one(".bell__more a[href='/']")) == "2 more decisions"


def test_htmx_gets_the_fragments_that_the_page_swaps(organization, admin, portal):
    panel = bell(portal).select_one("#bell-panel")
    assert "every 60s" in panel["hx-trigger"]
    start(organization, admin)
    part = pages.read(portal.get(panel["hx-get"], headers=HTMX))
    assert part.is_fragment
    assert "every 10s" in part.one(panel["hx-select"])["hx-trigger"]
    assert pages.text_of(part.one(f"{panel['hx-select-oob']} .bell__n")) == "1"


def test_url_of_the_bell_redirects_to_the_list(portal):
    assert portal.get("/jobs/bell/")["Location"] == "/jobs/mine/"


def test_signed_out_bell_keeps_the_page_and_its_input(db):
    response = Client().get("/jobs/bell/", headers=HTMX)
    assert response.status_code == 204
    assert "HX-Redirect" not in response.headers
    assert "HX-Redirect" in Client().get("/jobs/mine/", headers=HTMX).headers, "a part that was asked for reloads"


@pytest.mark.parametrize("role", [Role.FULL_ADMIN, Role.AUDITOR])
def test_number_of_statements_is_constant(organization, role):
    account, _ = factories.make_admin(organization, "neo2@example.com", role)
    client = factories.browser(account)

    def statements():
        with CaptureQueriesContext(connection) as queries:
            bell(client)
        return len(queries)

    statements()
    before = statements()
    for _ in range(5):
        start(organization, account)
        token, _secret = factories.make_token(organization)
        AccessToken.objects.filter(pk=token.pk).update(expires_at=Now() + timedelta(days=6))
    assert statements() == before
