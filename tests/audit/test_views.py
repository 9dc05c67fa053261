"""The viewer: filters, keyset pagination, and one event in full."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.actions.users import deactivate_user, purge_inactive_user
from controlhub.models import SavedView, ViewPage
from tests import factories, pages


@pytest.fixture
def busy(organization, scim):
    created = scim.post("/Users", {"userName": "bjensen@example.com", "displayName": "Babs"})
    scim.patch(f"/Users/{created.document['id']}", {"op": "replace", "path": "displayName", "value": "Barbara"})
    user = factories.make_user(organization, "smith@example.com")
    deactivate_user(user, actor=factories.COMMAND)
    return user


def activities(response):
    """The activity of each row: the first line, before the category."""
    return [str(next(cell.stripped_strings)) for cell in pages.read(response).all("td.c-act")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("service=Account+Provisioning&category=UserManagement", ["Update user", "Add user"]),
        ("activity=Disable+account", ["Disable account"]),
        ("target=smith", ["Disable account", "Add user"]),
        ("initiated_by=Entra&category=UserManagement", ["Update user", "Add user"]),
        ("status=failure", []),
        ("category=UserManagement&not=category&target=smith", []),
        ("category=UserManagement&activity=Add+user&not=activity", ["Disable account", "Update user"]),
        ("activity=Disable+account&activity=Update+user", ["Disable account", "Update user"]),
        ("target=smith&not=target&category=UserManagement", ["Update user", "Add user", "Add user"]),
        ("initiated_by=Entra&not=initiated_by&target=smith", ["Disable account", "Add user"]),
        ("initiated_by=command&target=smith", ["Disable account", "Add user"]),
        ("address=127.0.0.1&category=UserManagement", ["Update user", "Add user"]),
        ("address=127.0.0.1&not=address&target=smith", ["Disable account", "Add user"]),
        ("q=smith", ["Disable account", "Add user"]),
        ("q=bjensen&tab=provisioning", ["Update user", "Add user"]),
        ("tab=sign-ins", []),
        ("date=hour&category=UserManagement&target=smith", ["Disable account", "Add user"]),
        ("date_from=2999-01-01", []),
        ("date_to=2001-01-01", []),
        (
            "category=UserManagement&date_from=2001-01-01&date_to=2999-01-01&target=smith",
            ["Disable account", "Add user"],
        ),
    ],
)
def test_filters_find_the_expected_events(portal, busy, query, found):
    assert activities(portal.get(f"/audit/?{query}")) == found


@pytest.mark.parametrize(
    "name",
    [
        "ada@example.com",
        "ada.king@example.com",
        "King",
        "lovelace",
        "ada lovelace",
        "a.king@example.com",
        "a.byron@example",
    ],
)
def test_target_is_found_by_former_and_current_names(portal, scim, name):
    """The userName, display name and email address, before and after a change."""
    body = {"userName": "ada@example.com", "displayName": "Ada Lovelace", "emails": [{"value": "a.byron@example.com"}]}
    person = scim.post("/Users", body).document["id"]
    scim.post("/Users", {"userName": "other@example.com", "displayName": "Grace"})
    new = {"userName": "ada.king@example.com", "displayName": "Ada King", "emails": [{"value": "a.king@example.com"}]}
    scim.put(f"/Users/{person}", new)
    answer = portal.get("/audit/", {"target": name, "category": "UserManagement"})
    assert activities(answer) == ["Update user", "Add user"]
    assert activities(portal.get("/audit/", {"target": person})) == ["Update user", "Add user"]


WRONG = [
    "date_from=2026-02-31",
    "date_to=yesterday",
    "date=century",
    "date_from=99999-01-01",
    "at=2026-02-30",
    "category=Nonsense",
    "category=UserManagement&category=Nonsense",
    "service=%00",
    "kategory=UserManagement",
    "not=",
    "not=category",
    "not=nonsense",
    "tab=nonsense",
    "connection=nonsense",
    "address=300.1.1.1",
    "target=a%00b",
    f"q={'x' * 201}",
    "date_from=2026-02-02&date_to=2026-02-01",
    "&".join(f"target={number}" for number in range(21)),
]


@pytest.mark.parametrize("query", WRONG)
def test_invalid_filter_is_an_error_and_finds_nothing(portal, busy, query):
    page = pages.read(portal.get(f"/audit/?{query}"))
    assert (page.all("tbody tr"), "Invalid filter" in page.text) == ([], True)


DAYS = [("2026-11-24", "Asia/Tokyo"), ("2026-11-24", "America/St_Johns"), ("2026-03-29", "Europe/Berlin")]


@pytest.mark.parametrize(("day", "zone"), [*DAYS, ("2026-10-25", "Europe/Berlin")])
def test_day_is_in_the_time_zone_of_the_viewer_and_includes_its_end(organization, portal, day, zone):
    start = datetime.combine(date.fromisoformat(day), time.min, ZoneInfo(zone))
    after = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.min, ZoneInfo(zone))
    moments = [start.astimezone(UTC), after.astimezone(UTC) - timedelta(milliseconds=1), after.astimezone(UTC)]
    events = [make_event(organization, created_at=moment) for moment in moments]
    portal.cookies["time_zone"] = zone
    page = pages.read(portal.get("/audit/", {"date_from": day, "date_to": day}))
    links = [link["href"] for link in page.all("a.evlink")]
    assert links == [f"/audit/{event.pk}/" for event in events[1::-1]]
    assert zone in page.text


def make_event(organization, **values):
    usual = {"service": "Core Directory", "category": "UserManagement", "action": "user.created", "target_type": "User"}
    return AuditEvent.objects.create(
        organization_id=organization.pk, activity="Add user", actor_kind="command", **{**usual, **values}
    )


def test_jump_to_a_date_starts_with_the_newest_event_of_that_day(organization, portal):
    old = make_event(organization, created_at=datetime(2026, 3, 3, 12, tzinfo=UTC))
    page = pages.read(portal.get("/audit/", {"at": "2026-03-03"}))
    assert page.all("a.evlink")[0]["href"] == f"/audit/{old.pk}/"
    newer = pages.read(portal.get(f"/audit/{page.link('Newer')}"))
    assert f"/audit/{old.pk}/" not in [link["href"] for link in newer.all("a.evlink")]


def test_permanently_deleted_person_is_found_by_name_and_id(organization, portal, busy):
    purge_inactive_user(busy, actor=factories.COMMAND)
    for query in ({"target": "smith@example.com"}, {"target": str(busy.pk)}, {"q": "smith"}):
        assert activities(portal.get("/audit/", query))[0] == "Hard Delete user"


def test_permanently_deleted_administrator_is_still_named_in_their_events(organization, portal, busy):
    account, _ = factories.make_admin(organization, "cypher@example.com")
    by = Actor(ActorKind.ADMIN, id=str(account.user_id), label=account.sign_in_address, role=account.role)
    purge_inactive_user(busy, actor=by)
    purge_inactive_user(deactivate_user(account.user, actor=factories.COMMAND), actor=factories.COMMAND)
    for query in ({"initiated_by": "cypher@example.com"}, {"initiated_by": str(account.user_id)}):
        assert activities(portal.get("/audit/", query)) == ["Hard Delete user"]
    event = AuditEvent.objects.filter(action="user.purged", target_id=str(busy.pk)).get()
    page = pages.read(portal.get(f"/audit/{event.pk}/"))
    assert "cypher@example.com" in page.text
    assert "smith@example.com" in page.text
    links = [address for _, address in page.links if str(busy.pk) in address or str(account.user_id) in address]
    assert links
    assert [portal.get(address).status_code for address in links] == [200] * len(links)


def test_activity_filter_lists_the_stages_of_a_deletion_together(portal, busy):
    page = pages.read(portal.get("/audit/"))
    offered = [box["value"] for box in page.all("#f-activity input[name=activity]")]
    assert offered[:3] == ["Disable account", "Delete user", "Hard Delete user"]


@pytest.mark.parametrize("name", ["Account Provisioning + UserManagement", "Deletions", "Role changes", "Failures"])
def test_ready_made_views_are_valid(portal, busy, name):
    page = pages.read(portal.get("/audit/"))
    answer = pages.read(portal.get(page.link(name)))
    assert "Invalid filter" not in answer.text
    assert [link["aria-current"] for link in answer.all("#views a") if pages.text_of(link) == name] == ["true"]


def test_saved_view_keeps_every_value_and_exclusion(portal, busy):
    query = "category=UserManagement&activity=Add+user&activity=Update+user&not=activity&columns=actor"
    answer = portal.post(f"/audit/views/save/?{query}", {"name": "Others", "query": query, "form_id": str(uuid4())})
    assert activities(portal.get(answer["Location"])) == []
    view = SavedView.objects.get()
    assert (QueryDict(view.query), view.page) == (QueryDict(query), ViewPage.AUDIT)
    refused = portal.post("/audit/views/save/", {"name": "Bad", "query": "kategory=x", "form_id": str(uuid4())})
    assert SavedView.objects.count() == 1 or refused.status_code == 302


def test_sign_ins_show_the_method_or_the_reason_and_the_address(organization, admin, portal):
    target = Target(organization.pk, TargetType.USER, str(admin.user_id), admin.sign_in_address)
    actor = Actor(ActorKind.ADMIN, label="Ada", address="192.0.2.7")
    for action, content in (
        (AuditAction.SIGNED_IN, EventContent(details={"method": "password, totp"})),
        (AuditAction.SIGN_IN_FAILED, EventContent(result=Result.FAILURE, reason="Wrong password.")),
    ):
        record(action, target=target, content=content, actor=actor)
    page = pages.read(portal.get("/audit/?tab=sign-ins"))
    assert page.texts("td.c-method") == ["Wrong password.", "Password, Authenticator app"]
    assert page.texts("td.c-addr") == ["192.0.2.7", "192.0.2.7"]
    assert activities(portal.get("/audit/?tab=sign-ins")) == []
    assert activities(portal.get("/audit/?tab=sign-ins&columns=activity")) == ["Sign in", "Sign in"]


def test_columns_and_row_height_are_part_of_the_url(portal, busy):
    page = pages.read(portal.get("/audit/?columns=service&columns=address&density=compact"))
    assert page.texts("table.audit thead th") == ["Time", "Event", "Service", "IP address"]
    assert page.all("table.is-compact")


def test_bars_link_to_their_period(portal, busy):
    page = pages.read(portal.get("/audit/?category=UserManagement"))
    (link,) = page.all(".hist tbody a")
    assert len(activities(portal.get(f"/audit/{link['href']}"))) == 5
    assert page.all(".hist rect.b")


def test_keyset_pages_show_each_event_once(organization, portal):
    for index in range(60):
        factories.make_user(organization, f"user{index:02}@example.com")
    seen, address = [], "/audit/"
    while address:
        page = pages.read(portal.get(address))
        seen += [link["href"] for link in page.all("a.evlink")]
        older = page.link("Older")
        address = f"/audit/{older}" if older else ""
    others = AuditEvent.objects.in_organization(organization).exclude(action="events.read")
    assert len(seen) == len(set(seen)) == others.count()


def test_event_is_shown_in_full_on_a_page_and_in_the_drawer(portal, busy):
    event = AuditEvent.objects.get(activity="Update user")
    page = pages.read(portal.get(f"/audit/{event.pk}/"))
    drawer = pages.read(portal.get(f"/audit/{event.pk}/", headers={"HX-Request": "true"}))
    for shown in ("Account Provisioning", "Entra ID", "127.0.0.1"):
        assert shown in page.text
    for form in (page, drawer):
        assert (form.texts("del"), form.texts("ins")) == (["Babs"], ["Barbara"])
    assert (page.is_fragment, drawer.is_fragment) == (False, True)


def test_event_of_another_organization_is_not_found(other_organization, portal):
    event = AuditEvent.objects.in_organization(other_organization).get()
    assert portal.get(f"/audit/{event.pk}/").status_code == 404
