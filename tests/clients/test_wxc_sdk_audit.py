"""`wxc_sdk` reads the audit log like Webex's, with only the host changed, for which the SDK has a setting."""

from datetime import UTC, datetime, timedelta

import pytest
from wxc_sdk import WebexSimpleApi
from wxc_sdk.rest import RestError

from audit.models import AuditEvent
from audit.vocabulary import Category
from controlhub.models import Scope
from tests import factories

pytestmark = pytest.mark.processes
USERS = 230
"""More events than a page of the SDK's default size."""


@pytest.fixture
def organization(transactional_db):
    found = factories.make_organization()
    for number in range(USERS):
        factories.make_user(found, f"user{number}@example.com", displayName=f"User {number}")
    return found


@pytest.fixture
def sdk(organization, site):
    """`sdk(*scopes)`: the SDK with a token."""
    opened = []

    def open_one(*scopes):
        _, secret = factories.make_token(organization, scopes=scopes)
        api = WebexSimpleApi(tokens=secret)
        api.session.BASE = f"{site}/v1"
        opened.append(api)
        return api.admin_audit

    yield open_one
    for api in opened:
        api.close()


def listed(api, organization, **more):
    now = datetime.now(UTC)
    return list(api.list_events(str(organization.pk), now - timedelta(days=1), now + timedelta(hours=1), **more))


def test_sdk_reads_every_event_once(sdk, organization):
    api = sdk(Scope.AUDIT_READ)
    expected = AuditEvent.objects.in_organization(organization).newest_first()
    found = listed(api, organization)
    assert [event.id for event in found] == [str(pk) for pk in expected.values_list("pk", flat=True)]
    newest_user = next(event for event in found if event.data.event_category == Category.USER_MANAGEMENT)
    assert (newest_user.data.target_name, newest_user.data.target_type) == (f"user{USERS - 1}@example.com", "USER")


def test_sdk_reads_categories_and_filters_by_them(sdk, organization):
    api = sdk(Scope.AUDIT_READ)
    assert Category.USER_MANAGEMENT in api.list_event_categories()
    found = listed(api, organization, event_categories=[Category.USER_MANAGEMENT.value])
    assert len(found) == USERS
    assert listed(api, organization, event_categories=[Category.ROLE_MANAGEMENT.value]) == []


def test_sdk_is_refused_without_the_scope(sdk, organization):
    with pytest.raises(RestError) as refusal:
        listed(sdk(Scope.SCIM_READ), organization)
    assert refusal.value.response.status_code == 403
