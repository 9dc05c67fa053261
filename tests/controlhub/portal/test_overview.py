"""The first page: counts, pending decisions, first steps, and connections."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions.users import deactivate_user, delete_user, hold_user
from controlhub.models import AccessToken, Organization, PurgeRun, PurgeState, RequestHour, Role, User
from controlhub.models.request_log import THIS_HOUR
from controlhub.portal.overview.people import DAYS, People, people_of
from controlhub.sql.overview import MOST_INACTIVE, InactiveUsers, inactive_users
from tests import factories, pages
from tests.factories import COMMAND
from tests.plans import RowsRead, rewrite


@pytest.fixture
def read(portal):
    return lambda: pages.read(portal.get("/"))


def inactive_since(organization, name, days, *, end=deactivate_user):
    user = end(factories.make_user(organization, name), actor=COMMAND)
    User.objects.filter(pk=user.pk).update(deactivated_at=Now() - timedelta(days=days))
    return user


def test_counts_link_to_their_users(organization, portal, read):
    inactive_since(organization, "smith@example.com", 1)
    inactive_since(organization, "brown@example.com", 1, end=delete_user)
    inactive_since(organization, "jones@example.com", 1, end=delete_user)
    counts = read().one("ul.kpis").select("li")
    active = User.objects.in_organization(organization).active().count()
    assert [pages.text_of(count.b) for count in counts] == [str(active), "1", "2"]
    for count in counts:
        assert portal.get(count.a["href"]).status_code == 200


def test_users_deleted_by_scim_are_not_counted_as_active(organization):
    inactive_since(organization, "smith@example.com", 1, end=delete_user)
    before = people_of(organization).active
    User.objects.filter(user_name_key__contains="smith").update(hidden=True)
    people = people_of(organization)
    assert (people.active, people.deleted) == (before, 1)


def test_due_users_are_shown_on_the_day_of_their_deletion(organization, read):
    organization.retention_days = 30
    organization.save(update_fields=["retention_days"])
    inactive_since(organization, "today@example.com", 29.99)
    inactive_since(organization, "late@example.com", 80)
    held = inactive_since(organization, "held@example.com", 28)
    hold_user(held, reason="Case 7", actor=COMMAND)
    inactive_since(organization, "far@example.com", 0)
    values = [int(text) for text in read().texts("figure.chart td")]
    assert len(values) == DAYS + 1
    assert sum(values[:2]) == 2, "those who were due before are due today"
    assert sum(values[2:]) == values[-1] == 1, "who was deleted just now is due on the last day"


@pytest.mark.parametrize(
    ("keeps", "is_held", "expected"), [(False, False, 3), (True, False, 2), (False, True, 0), (True, True, 0)]
)
def test_kept_users_are_not_due(keeps, is_held, expected):
    day = date(2026, 1, 1)
    users = [
        InactiveUsers(False, False, False, False, day, 1),
        InactiveUsers(True, False, False, False, day, 2),
        InactiveUsers(True, False, True, False, day, 4),
        InactiveUsers(True, False, False, True, day, 8),
    ]
    organization = Organization(purge_deactivated=not keeps, hold_reason="Case 1" if is_held else "")
    people = People(15, users, organization)
    assert sum(number for _day, number in people.due(day)) == expected


def test_staged_deletion_is_shown_to_roles_that_may_decide(organization, read):
    assert "Nothing needs your decision." in read().text
    PurgeRun.objects.create(organization=organization, state=PurgeState.STAGED, due=99)
    page = read()
    assert "99 users are due for permanent deletion" in page.text
    assert "/purges/" in [address for _text, address in page.links if _text.startswith("Review")]
    helper, _ = factories.make_admin(organization, "help@example.com", Role.HELP_DESK)
    assert "99 users" not in pages.read(factories.browser(helper).get("/")).text


def test_expiring_token_is_shown_and_a_new_one_is_not(organization, read):
    token, _ = factories.make_token(organization)
    assert "expires soon" not in read().text
    AccessToken.objects.filter(pk=token.pk).update(expires_at=Now() + timedelta(days=6))
    assert f"The token {token.name} expires soon" in read().text


def test_connections_show_their_requests_and_errors(organization, read):
    token, _ = factories.make_token(organization)
    hour = {"hour": THIS_HOUR, "last_at": Now(), "last_status": 409}
    for connection_id, requests, errors in ((token.connection_id, 30, 3), (None, 10, 0)):
        RequestHour.objects.create(
            organization_id=organization.pk, connection_id=connection_id, requests=requests, errors=errors, **hour
        )
    page = read()
    assert page.texts(".figures li")[:2] == ["40 requests in 7 days", "3 errors, 7.5%"]
    row = page.one("table.conns tbody tr")
    assert pages.text_of(row.select_one(".spark__n")) == "30"
    assert f"connection={token.connection_id}" in row.select_one("a.bad")["href"]


def test_first_steps_disappear_when_they_are_done(organization, portal, read, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert len(read().all("ol.checks li:not(.is-done)")) == 4
    factories.make_admin(organization, "trinity@example.com")
    token, _ = factories.make_token(organization)
    AccessToken.objects.filter(pk=token.pk).update(last_used_at=Now())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    page = read()
    assert len(page.all("ol.checks li:not(.is-done)")) == 1
    portal.post("/organization/backup/", page.form("/organization/backup/").fields)
    assert not read().all("ol.checks")
    event = AuditEvent.objects.get(action="organization.backup_confirmed")
    assert event.target_id == str(organization.pk)


def test_first_steps_are_shown_to_roles_that_manage_the_organization(organization):
    reader, _ = factories.make_admin(organization, "read@example.com", Role.READ_ONLY_ADMIN)
    assert not pages.read(factories.browser(reader).get("/")).all("ol.checks")


def test_other_organizations_are_not_counted(organization, other_organization, read):
    before = read().text
    inactive_since(other_organization, "smith@machine.example", 1)
    factories.make_token(other_organization)
    assert read().text == before


def test_auditor_has_a_first_page(organization):
    auditor, _ = factories.make_admin(organization, "audit@example.com", Role.AUDITOR)
    page = pages.read(factories.browser(auditor).get("/"))
    assert page.texts("h1") == ["Overview"]
    assert not page.all("ul.kpis")


def test_number_of_statements_does_not_depend_on_the_number_of_objects(organization, portal):
    factories.make_token(organization)
    portal.get("/")

    def statements():
        with CaptureQueriesContext(connection) as queries:
            portal.get("/")
        return len(queries)

    before = statements()
    for number in range(5):
        inactive_since(organization, f"user{number}@example.com", number)
        factories.make_token(organization)
    assert statements() == before


@pytest.mark.parametrize("size", [600, pytest.param(20_000, marks=pytest.mark.deep)])
def test_inactive_users_are_read_with_their_index(organization, size):
    user = inactive_since(organization, "smith@example.com", 3)
    copies = (
        User(
            organization=organization,
            document=user.document,
            document_size=user.document_size,
            user_name=f"copy{number}",
            user_name_key=f"copy{number}",
        )
        for number in range(size)
    )
    User.objects.bulk_create(copies, batch_size=1_000)
    rewrite("controlhub_user")
    rows = RowsRead()
    with connection.execute_wrapper(rows):
        found = inactive_users(organization.pk, retention_days=30, zone="UTC")
    assert sum(users.number for users in found) == 1
    assert rows.by_table["controlhub_user"] <= 2
    assert MOST_INACTIVE == 10_000
