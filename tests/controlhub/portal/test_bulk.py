"""Selecting users in a list: the preview, and that the action affects exactly the previewed users."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from controlhub.actions.groups import create_group
from controlhub.actions.jobs.running import run_due_jobs
from controlhub.actions.purges import daily_limit, plan_purge
from controlhub.actions.users import deactivate_user, hold_user
from controlhub.models import Job, JobState, Membership, Organization, Role, User
from controlhub.sql import bulk as sql
from tests import factories, pages
from tests.bulk import press_many
from tests.plans import RowsRead, rewrite

COMMAND = factories.COMMAND


def populate(organization, number, *, domain="wrong.example", first=0):
    """Users of one domain, without an event for each."""
    made = [
        User(
            organization=organization,
            document={"userName": f"import{n}@{domain}"},
            document_size=100,
            user_name=f"import{n}@{domain}",
            user_name_key=f"import{n}@{domain}",
        )
        for n in range(first, first + number)
    ]
    User.objects.bulk_create(made, batch_size=2_000)


def inactive():
    return User.objects.filter(active=False).count()


@pytest.mark.parametrize("size", [250, pytest.param(2_500, marks=pytest.mark.deep)])
def test_all_matching_users_and_no_others_are_changed(portal, organization, size):
    """Selecting everything that matches changes all of it, and no other users."""
    populate(organization, size)
    other = factories.make_user(organization, "user@right.example")
    page, query = "/users/deactivate/", "domain=wrong.example"
    asked = pages.read(portal.post(page, {"all": "1", "query": query}))
    assert f"Deactivate {size:,} users?" in asked.text
    populate(organization, 3, first=size)
    again = portal.post(page, asked.form(page).fields)
    assert again.status_code == 409
    assert not Job.objects.exists()
    asked = pages.read(again)
    assert "The selection has changed" in asked.text
    assert f"Deactivate {size + 3:,} users?" in asked.text
    started = portal.post(page, asked.form(page).fields)
    job = Job.objects.get()
    assert (job.state, job.total) == (JobState.QUEUED, size + 3)
    populate(organization, 1, first=size + 3)
    run_due_jobs(seconds=2)
    shown = pages.read(portal.get(started["Location"]))
    assert shown.one("main progress")["max"] == str(size + 3)
    while run_due_jobs():
        pass
    assert inactive() == size + 3, "the ids were fixed: who came later is not touched"
    other.refresh_from_db()
    assert other.active
    portal.post(f"/jobs/{job.pk}/undo/")
    while run_due_jobs():
        pass
    assert inactive() == 0


def test_cancelling_in_another_tab_stops_the_job(portal, organization):
    populate(organization, 250)
    answer = press_many(portal, "/users/deactivate/", "all", query="domain=wrong.example")
    portal.post(answer["Location"] + "cancel/")
    run_due_jobs()
    assert Job.objects.get().state == JobState.CANCELLED
    assert inactive() == 0


def test_changed_selection_requires_a_new_confirmation(portal, organization):
    """The number is the same, but the users differ."""
    populate(organization, 2)
    page = "/users/deactivate/"
    form = pages.read(portal.post(page, {"all": "1", "query": "domain=wrong.example"})).form(page)
    User.objects.filter(user_name="import0@wrong.example").delete()
    populate(organization, 1, first=2)
    assert portal.post(page, form.fields).status_code == 409
    assert inactive() == 0


def test_small_selection_is_processed_in_the_request_and_can_be_undone(portal, organization):
    people = [factories.make_user(organization, f"u{n}@example.com") for n in range(3)]
    answer = press_many(portal, "/users/deactivate/", [user.pk for user in people], query="q=u")
    job = Job.objects.get()
    assert (answer["Location"], job.state) == (f"/jobs/{job.pk}/", JobState.DONE)
    assert inactive() == 3
    page = pages.read(portal.get(answer["Location"]))
    assert page.link("Back to the list of users") == "/users/?q=u"
    portal.post(f"/jobs/{job.pk}/undo/", page.form(f"/jobs/{job.pk}/undo/").fields)
    run_due_jobs()
    assert inactive() == 0


def test_list_offers_actions_for_the_role(organization, admin):
    factories.make_user(organization)
    offered = {}
    for role in (Role.FULL_ADMIN, Role.HELP_DESK, Role.READ_ONLY_ADMIN):
        account, _ = factories.make_admin(organization, f"{role}@example.com", role)
        page = pages.read(factories.browser(account).get("/users/"))
        offered[role] = {button["formaction"] for button in page.all("button[formaction]")}
        assert bool(page.all("input[name=ids]")) is bool(offered[role])
    assert offered[Role.HELP_DESK] == {"/users/reactivate/", "/users/invite/"}
    assert offered[Role.READ_ONLY_ADMIN] == set()
    assert {"/users/deactivate/", "/users/hold/", "/users/group/"} <= offered[Role.FULL_ADMIN]


def test_bar_above_the_table_can_select_everything_that_matches(portal, organization):
    populate(organization, 3)
    page = pages.read(portal.get("/users/?domain=wrong.example"))
    order = page.all(".facets, .bulkbar, table.list")
    assert [element.get("class")[0] for element in order] == ["facets", "bulkbar", "tbl"]
    assert "All 3 users that match" in page.one(".bulkbar").get_text()
    assert page.one("#results input[name=query]")["value"] == "domain=wrong.example"


def test_tab_in_the_url_cannot_widen_the_selection(portal, organization):
    """The list of users ignores `tab`, and so does the selection."""
    gone = deactivate_user(factories.make_user(organization), actor=COMMAND)
    page = pages.read(portal.get("/users/?tab=deleted"))
    assert page.one("#results input[name=query]")["value"] == ""
    assert gone.pk


@pytest.mark.parametrize(
    ("query", "message"),
    [("status=nonsense", "Select one of the available choices"), ("q=nobody", "Select at least one user")],
)
def test_empty_selection_returns_to_the_list(portal, query, message):
    answer = portal.post("/users/deactivate/", {"all": "1", "query": query}, follow=True)
    assert message in pages.read(answer).text


def test_too_many_users_are_refused_with_the_limit(portal, organization, monkeypatch):
    monkeypatch.setattr("controlhub.user_lists.selection.MOST_SELECTED", 2)
    populate(organization, 3)
    answer = portal.post("/users/deactivate/", {"all": "1", "query": ""}, follow=True)
    assert "Use filters to select fewer" in pages.read(answer).text


def test_preview_counts_everything_that_ends(portal, organization):
    account, _ = factories.make_admin(organization, "trinity@example.com")
    for _ in range(3):
        factories.browser(account)
    for _ in range(2):
        factories.make_token(organization, user=account.user)
    chosen = {"ids": [str(account.user_id)]}
    page = pages.read(portal.post("/users/deactivate/", chosen))
    assert page.texts(".endings .count") == ["3", "2", "1", "1"], (
        "zero counts are left out; the password is the only sign-in method"
    )
    assert page.texts("#ending-administrators li") == ["Administrator trinity@example.com"]
    assert page.one("#ending-deletion time")
    page = pages.read(portal.post("/users/sign-out/", chosen))
    assert len(page.all(".endings dd")) == 2, "nobody becomes Inactive"


@pytest.mark.parametrize(
    ("page", "change", "follows"),
    [
        ("/users/deactivate/", {}, True),
        ("/users/deactivate/", {"purge_deactivated": False}, False),
        ("/users/delete/", {"purge_deactivated": False}, True),
        ("/users/delete/", {"hold_reason": "Case 7"}, False),
    ],
)
def test_preview_states_whether_permanent_deletion_follows(portal, organization, page, change, follows):
    populate(organization, 1)
    Organization.objects.filter(pk=organization.pk).update(**change)
    shown = pages.read(portal.post(page, {"all": "1", "query": "domain=wrong.example"}))
    assert bool(shown.all("#ending-deletion time")) == follows
    assert change.get("hold_reason", "") in shown.one("#ending-deletion").text


@pytest.mark.parametrize(
    ("page", "warns"), [("/users/deactivate/", True), ("/users/delete/", True), ("/users/sign-out/", False)]
)
def test_daily_deletion_limit_is_shown_only_where_deletion_may_follow(portal, organization, page, warns):
    populate(organization, 2)
    Organization.objects.filter(pk=organization.pk).update(purge_floor=1, purge_share=1)
    shown = pages.read(portal.post(page, {"all": "1", "query": "domain=wrong.example"}))
    assert ("more than the daily deletion limit of 1 users" in shown.text) == warns


def test_preview_and_permanent_deletion_have_the_same_daily_limit(portal, organization):
    populate(organization, 7)
    Organization.objects.filter(pk=organization.pk).update(purge_floor=0, purge_share=50)
    User.objects.filter(user_name__in=[f"import{n}@wrong.example" for n in range(4)]).update(
        hidden=True, active=False, original_user_name="gone", deactivated_at=Now() - timedelta(days=400)
    )
    organization.refresh_from_db()
    limit = daily_limit(organization)
    assert limit == 2, "half of the four users that SCIM has not deleted"
    shown = pages.read(portal.post("/users/deactivate/", {"all": "1", "query": "domain=wrong.example"}))
    assert f"more than the daily deletion limit of {limit} users" in shown.text
    assert plan_purge(organization).waits.startswith(f"Users due: 4. Deleted within 24 hours: 0. The limit is {limit},")


def test_exceptions_beyond_the_first_are_counted(portal, organization, monkeypatch):
    monkeypatch.setattr(sql, "PREVIEW", sql.PREVIEW.replace("[1:50]", "[1:2]"))
    populate(organization, 5)
    User.objects.filter(user_name__startswith="import").update(hold_reason="Case 1")
    page = pages.read(portal.post("/users/hold/", {"all": "1", "query": "domain=wrong.example"}))
    assert page.texts(".left h3") == ["Already under a legal hold 5"]
    assert page.texts(".left li")[-1] == "and 3 more"
    assert "None of the selected users" in page.text


def test_hold_needs_a_reason(portal, organization):
    user = factories.make_user(organization)
    assert press_many(portal, "/users/hold/", [user.pk]).status_code == 422
    assert press_many(portal, "/users/hold/", [user.pk], reason="Case 1").status_code == 302
    user.refresh_from_db()
    assert user.hold_reason == "Case 1"


def test_group_is_given_by_name_or_id(portal, organization):
    user = factories.make_user(organization)
    group = create_group(organization, document={"displayName": "Crew"}, actor=COMMAND)
    create_group(organization, document={"displayName": "Crew 2"}, actor=COMMAND)
    assert press_many(portal, "/users/group/", [user.pk], group="Nobody").status_code == 422
    assert press_many(portal, "/users/group/", [user.pk], group="crew").status_code == 302
    assert Membership.objects.get().group_id == group.pk
    create_group(organization, document={"displayName": "Crew"}, actor=COMMAND)
    assert press_many(portal, "/users/group/", [user.pk], group="Crew").status_code == 422
    assert press_many(portal, "/users/group/", [user.pk], group=str(group.pk)).status_code == 302


def test_held_user_is_named_in_the_preview_of_a_permanent_deletion(portal, organization):
    user = deactivate_user(factories.make_user(organization, displayName="Barbara Jensen"), actor=COMMAND)
    hold_user(user, reason="Case 1", actor=COMMAND)
    page = pages.read(portal.post("/users/deleted/purge/", {"ids": [str(user.pk)]}))
    assert "Barbara Jensen" in page.one(".left").get_text()


@pytest.mark.parametrize("size", [1_000, pytest.param(20_000, marks=pytest.mark.deep)])
def test_preview_reads_only_the_selected_users(portal, organization, size):
    """The number of statements does not depend on the number of users, and no other rows are read."""
    populate(organization, size, domain="right.example")
    populate(organization, 5)
    rewrite("controlhub_user")
    ids = [str(pk) for pk in User.objects.filter(user_name__endswith="wrong.example").values_list("pk", flat=True)]
    portal.get("/users/")
    counts = []
    for number in (1, 5):
        with CaptureQueriesContext(connection) as queries:
            portal.post("/users/deactivate/", {"ids": ids[:number]})
        counts.append(len(queries))
    assert counts[0] == counts[1]
    read = RowsRead()
    with connection.execute_wrapper(read):
        portal.post("/users/deactivate/", {"all": "1", "query": "domain=wrong.example"})
    assert read.by_table["controlhub_user"] < 100
