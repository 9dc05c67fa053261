"""A date that was read equals itself in a filter: comparisons use the printed date, truncated to milliseconds."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from controlhub.models import Group, Resource, User
from controlhub.text.moments import moments
from tests.scim.writes import BASES, EACH_BASE, ENDPOINTS, subject_of

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
MODELS = {"/Users": User, "/Groups": Group, "/Lockers": Resource}
HOLDS = {"eq": True, "ge": True, "le": True, "gt": False, "lt": False, "ne": False}
MICROSECONDS = (0, 1, 499, 500, 999, 123_456, 999_499, 999_999)


@pytest.fixture(params=EACH_BASE)
def base(request):
    return request.param


def found(subject, text, how):
    if how == "search":
        answer = subject.client.post(f"{subject.endpoint}/.search", {"schemas": [SEARCH], "filter": text})
    else:
        cursor = "&cursor=" if how == "cursor" else ""
        answer = subject.client.get(f"{subject.endpoint}?filter={quote(text)}{cursor}")
    assert answer.status_code == 200, answer.document
    return [resource["id"] for resource in answer.document["Resources"]]


def set_times(resources, moment):
    """Set their times of creation and change. For users, this includes `moments`, as in real writes."""
    printed = {"moments": moments(moment, moment)} if resources.model is User else {}
    resources.update(created_at=moment, modified_at=moment, **printed)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("how", ["list", "search", "cursor"])
def test_printed_date_equals_itself(organization, base, endpoint, how):
    subject = subject_of(organization, endpoint, base)
    subject.make()
    for microsecond in MICROSECONDS:
        moment = datetime(2026, 1, 31, 12, 0, 59, microsecond, tzinfo=UTC)
        set_times(MODELS[endpoint].objects.all(), moment)
        meta = subject.read()["meta"]
        for name in ("created", "lastModified"):
            for operator, holds in HOLDS.items():
                text = f'meta.{name} {operator} "{meta[name]}"'
                assert bool(found(subject, text, how)) is holds, (text, microsecond)
            assert not found(subject, f'not (meta.{name} eq "{meta[name]}")', how)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_value_between_two_printed_dates_is_compared_correctly(organization, base, endpoint):
    subject = subject_of(organization, endpoint, base)
    subject.make()
    moment = datetime(2026, 1, 31, 12, 0, 0, 123_999, tzinfo=UTC)
    MODELS[endpoint].objects.update(created_at=moment, modified_at=moment)
    between = "2026-01-31T12:00:00.1235Z"  # the printed time, .123, is before it
    expected = {"eq": False, "ne": True, "lt": True, "le": True, "gt": False, "ge": False}
    for operator, holds in expected.items():
        assert bool(found(subject, f'meta.lastModified {operator} "{between}"', "list")) is holds, operator


@pytest.mark.parametrize("operator", HOLDS)
@pytest.mark.parametrize("date", ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"])
def test_first_and_last_date_can_be_used_in_filters(organization, base, operator, date):
    subject = subject_of(organization, "/Users", base)
    subject.make()
    holds = operator == "ne" or operator in ({"lt", "le"} if date.startswith("9") else {"gt", "ge"})
    assert bool(found(subject, f'meta.created {operator} "{date}"', "list")) is holds


@pytest.mark.parametrize("name", ["created", "lastModified"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_paging_by_printed_dates_returns_each_resource_once(organization, endpoint, name):
    """A client that sorts by a date and continues with `gt` the last date it saw misses no later changes."""
    subject = subject_of(organization, endpoint, BASES[0])
    ids = []
    for number in range(6):
        body = {"userName": f"u{number}", "displayName": f"g{number}", "number": str(number)}
        ids.append(subject.client.post(endpoint, body).document["id"])
        moment = datetime(2026, 1, 31, 12, 0, 0, number * 700, tzinfo=UTC)
        set_times(MODELS[endpoint].objects.filter(pk=ids[-1]), moment)
    seen, last = [], "2000-01-01T00:00:00Z"
    for _ in range(len(ids) + 1):
        text = quote(f'meta.{name} gt "{last}"')
        answer = subject.client.get(f"{endpoint}?filter={text}&sortBy=meta.{name}&count=1000")
        resources = answer.document["Resources"]
        if not resources:
            break
        dates = [resource["meta"][name] for resource in resources]
        assert dates == sorted(dates)
        batch = [resource for resource in resources if resource["meta"][name] == dates[0]]
        seen += [resource["id"] for resource in batch]
        last = dates[0]
    assert seen == ids


@pytest.mark.parametrize("digits", ["", ".1", ".123456", ".1234567", ".123456789", ".999999999"])
def test_date_in_a_document_equals_itself(organization, base, digits):
    """Any number of digits: the database must not round a value that is returned as it was sent."""
    subject = subject_of(organization, "/Lockers", base)
    date = f"2026-01-31T12:00:00{digits}Z"
    subject.make(checked=date)
    assert subject.read()["checked"] == date
    for operator, holds in HOLDS.items():
        assert bool(found(subject, f'checked {operator} "{date}"', "list")) is holds, operator
