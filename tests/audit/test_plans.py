"""No filter of the log scans the table: the number of rows that a page reads is limited by its keys."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from audit.lists import Criteria, Place, load_page
from audit.lists.pages import count_events
from audit.lists.questions import MOST_FROM_ADDRESS, MOST_IN_BAR, MOST_OTHERS, questions_of
from audit.models import AuditEvent
from audit.portal.histogram import histogram
from controlhub.models import Connection
from controlhub.sql.audit_lists import at_offset, events_of_members
from controlhub.user_lists.counts import MOST_COUNTED
from tests.plans import RowsRead

EVENTS = 100_000
SIZE = 25
FEW = 4_000
"""Each of about 140 keys matches at most a page of rows."""
RARE = "01980000-0000-7000-8000-00000000000a"
# Nearly all events are updates by one connection. One in 1,000 is by an administrator, one in 5,000 is a failure, and
# one in ten changes members.
FILL = """
WITH made AS (
    INSERT INTO audit_auditevent (id, organization_id, created_at, version, service, category, action, activity, result,
        actor_kind, actor_id, connection_id, request_id, target_type, target_id, facts)
    SELECT (lpad(to_hex(floor(extract(epoch FROM now() - n * interval '1 minute') * 1000)::bigint), 12, '0')
            || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, %(organization)s,
        now() - n * interval '1 minute', 3,
        CASE WHEN n %% 1000 = 0 THEN 'Core Directory' ELSE 'Account Provisioning' END, 'UserManagement',
        CASE WHEN n %% 1000 = 0 THEN 'user.purged' WHEN n %% 10 = 3 THEN 'group.members_changed'
            ELSE 'user.updated' END,
        CASE WHEN n %% 1000 = 0 THEN 'Hard Delete user' ELSE 'Update user' END,
        CASE WHEN n %% 5000 = 7 THEN 'failure' ELSE 'success' END,
        CASE WHEN n %% 1000 = 0 THEN 'admin' ELSE 'client' END, CASE WHEN n %% 1000 = 0 THEN %(rare)s ELSE 'token' END,
        CASE WHEN n %% 1000 = 0 THEN NULL ELSE %(connection)s::uuid END, 'request-' || n / 3, 'User',
        'user-' || n %% 5000, CASE WHEN n %% 10 = 3 THEN jsonb_build_object(
            'added', jsonb_build_object('ids', jsonb_build_array('member-' || n %% 5000), 'count', 1),
            'removed', '{"ids": [], "count": 0}'::jsonb) ELSE '{}' END
    FROM generate_series(1, %(events)s) AS n
    RETURNING id, organization_id, actor_kind, request_id)
INSERT INTO audit_personal (event_id, organization_id, parts)
SELECT id, organization_id, jsonb_build_array(
    jsonb_build_object('name', 'actor', 'value', jsonb_build_object('label', 'Neo', 'address',
        CASE WHEN actor_kind = 'admin' THEN '192.0.2.7' WHEN request_id = 'request-7007' THEN '192.0.2.8'
            WHEN request_id LIKE '%%77' THEN '198.51.100.77'
            ELSE '198.51.100.9' END)),
    jsonb_build_object('name', 'target', 'value', jsonb_build_object('label', 'bjensen@example.com')))
FROM made
"""
CASES = [
    ("", True),
    ("tab=sign-ins", False),
    ("tab=provisioning", True),
    ("service=Core+Directory", True),
    ("service=Account+Provisioning&category=UserManagement", True),
    ("category=RoleManagement", False),
    ("category=UserManagement&not=category", True),
    ("activity=Disable+account&activity=Hard+Delete+user", True),
    ("status=failure", True),
    ("status=failure&activity=Hard+Delete+user", False),
    ("target=user-77", False),
    (f"target={RARE}", False),
    (f"initiated_by={RARE}", True),
    (f"initiated_by={RARE}&category=GroupManagement", False),
    ("initiated_by={connection}", True),
    ("connection={connection}", True),
    ("connection={connection}&activity=Hard+Delete+user", False),
    ("connection={connection}&status=failure", True),
    ("address=192.0.2.7", True),
    ("address=192.0.2.8", True),
    ("address=203.0.113.1", False),
    ("address=198.51.100.9", True),
    ("address=198.51.100.9&address=203.0.113.1&date=month", True),
    ("address=198.51.100.9&category=RoleManagement", False),
    ("address=198.51.100.9&service=Core+Directory", False),
    ("request=request-77", True),
    (f"q={RARE}", True),
    ("q=nobody", False),
    ("date_from=2001-01-01&date_to=2001-12-31", False),
    ("date=hour&service=Core+Directory", True),
    ("date=month&initiated_by={connection}&activity=Update+user", True),
]


@pytest.fixture
def busy_log(organization, monkeypatch):
    """Plans are tested without a statement timeout, however slow the machine is."""
    for name in ("questions.SECONDS", "pages.SECONDS", "pages.COUNT_SECONDS"):
        monkeypatch.setattr(f"audit.lists.{name}", 300)
    found = Connection.objects.create(organization=organization, name="Entra ID", scopes=[])
    with connection.cursor() as cursor:
        values = {"organization": organization.pk, "connection": found.pk, "rare": RARE, "events": EVENTS}
        cursor.execute(FILL, values)
        cursor.execute("ANALYZE audit_auditevent")
        cursor.execute("ANALYZE audit_personal")
    return found


def test_page_reads_few_events_with_any_filter(organization, busy_log, subtests):
    for query, finds in CASES:
        with subtests.test(query):
            text, rows = query.format(connection=busy_log.pk), RowsRead()
            criteria = Criteria.read(text)
            with connection.execute_wrapper(rows):
                questions = questions_of(organization, criteria)
                page = load_page(questions, Place(), size=SIZE)
            assert (query, bool(page.events)) == (query, finds)
            assert rows.by_table["audit_auditevent"] <= FEW + (MOST_OTHERS if "address=" in query else 0)
            assert (query, rows.by_table["audit_personal"] <= FEW + 2 * MOST_FROM_ADDRESS) == (query, True)
            deep, rows = Place(timezone.now() - timedelta(minutes=EVENTS - 500)), RowsRead()
            with connection.execute_wrapper(rows):
                load_page(questions, deep, size=SIZE)
            assert rows.by_table["audit_auditevent"] <= FEW
            counted = RowsRead()
            with connection.execute_wrapper(counted):
                count_events(questions)
            assert counted.by_table["audit_auditevent"] <= 2 * MOST_COUNTED
            counted = RowsRead()
            with connection.execute_wrapper(counted):
                histogram(QueryDict(text), questions, criteria.period)
            assert counted.by_table["audit_auditevent"] <= 2 * 40 * MOST_IN_BAR


def check_list_by_address(organization):
    """Pages show each event once, also when going to newer events and from a date."""
    questions = questions_of(organization, Criteria.read("address=198.51.100.9&date=day&activity=Update+user"))
    assert questions.is_by_id
    place, found = Place(), []
    while place:
        page = load_page(questions, place, size=200)
        found += page.events
        place = Place(found[-1].created_at, found[-1].pk) if page.has_older else None
    updates = AuditEvent.objects.in_organization(organization).filter(action="user.updated")
    wanted = updates.filter(created_at__gt=timezone.now() - timedelta(days=1)).exclude(request_id__endswith="77")
    assert [event.pk for event in found] == list(wanted.newest_first().values_list("pk", flat=True))
    newer = load_page(questions, Place(found[10].created_at, found[10].pk, is_newer=True), size=200)
    assert newer.events == found[:10]
    jumped = load_page(questions, Place(found[10].created_at), size=5)
    assert jumped.events == found[10:15]


def check_failures_from_address(organization):
    """The histogram uses a separate index to find them: few events fail, and many have this address."""
    query, rows = QueryDict("address=198.51.100.9"), RowsRead()
    criteria = Criteria.read(query)
    questions = questions_of(organization, criteria)
    with connection.execute_wrapper(rows):
        shown = histogram(query, questions, criteria.period)
    events = AuditEvent.objects.in_organization(organization).filter(result="failure")
    failed = events.filter(created_at__gt=timezone.now() - timedelta(days=30)).exclude(request_id__endswith="77")
    assert 0 < shown.failed.number <= failed.count() + 1, "the first bar begins with its day"
    assert shown.failed.is_exact
    assert not shown.most.is_exact
    assert rows.by_table["audit_auditevent"] <= 35 * questions.most_in_bar


def check_index_of_members(organization):
    rows = RowsRead()
    with connection.execute_wrapper(rows):
        found = events_of_members(organization.pk, ["member-13", "nobody"], most=25)
    assert len(found) == EVENTS / 5_000
    assert rows.by_table["audit_auditevent"] == len(found)


def check_costs_of_a_large_log(organization):
    """Sequential scans look cheap to PostgreSQL here, as in a log with millions of events."""
    with connection.cursor() as cursor:
        for cost in ("seq_page_cost", "cpu_tuple_cost", "cpu_operator_cost"):
            cursor.execute(f"SET LOCAL {cost} = 0")
        cursor.execute("SET LOCAL random_page_cost = 1000")
    for query in ("address=192.0.2.8", "address=203.0.113.1", "target=nobody", "q=nobody", "target=user-77"):
        connection.cursor().execute(
            "SET LOCAL enable_seqscan = on"
        )  # an earlier page turned it off for the transaction
        rows = RowsRead()
        with connection.execute_wrapper(rows):
            load_page(questions_of(organization, Criteria.read(query)), Place(), size=SIZE)
        assert (query, max(rows.by_table.values()) <= FEW + MOST_FROM_ADDRESS) == (query, True), rows.by_table
    check_offset(organization)


def check_offset(organization):
    """The offset of the API: skipped events are counted in the index, and no others are read."""
    (question,), rows = questions_of(organization, Criteria.read("tab=provisioning")).each, RowsRead()
    with connection.execute_wrapper(rows):
        at, pk = at_offset(question.conditions, question.params, offset=10_000)
    assert AuditEvent.objects.get(pk=pk).created_at == at
    assert rows.by_table["audit_auditevent"] <= 10_000 + FEW


def check_count(organization):
    assert str(count_events(questions_of(organization, Criteria.read("tab=provisioning")))) == "more than 10,000"


def test_lists_members_and_counts_read_few_rows(organization, busy_log, monkeypatch, subtests):
    """In one test, because it takes seconds to fill the log."""
    monkeypatch.setattr("audit.lists.questions.MOST_OTHERS", 100)
    for check in (
        check_list_by_address,
        check_failures_from_address,
        check_index_of_members,
        check_offset,
        check_count,
        check_costs_of_a_large_log,
    ):
        with subtests.test(check.__name__):
            check(organization)
