"""`wxc_sdk`, the Python SDK for Webex, makes every SCIM call with only the host changed.

The SDK writes `https://webexapis.com` into each SCIM URL and has no setting for it. Its session is a
`requests.Session`, though, so an adapter mounted for that host sends the requests to the test server. Method, path,
query, headers and body stay as the SDK made them.
"""

import json
from contextlib import contextmanager
from functools import wraps

import pytest
from requests.adapters import HTTPAdapter
from wxc_sdk import WebexSimpleApi
from wxc_sdk.rest import RestError
from wxc_sdk.scim.bulk import BulkMethod, BulkOperation
from wxc_sdk.scim.groups import ScimGroup, ScimGroupMember, WebexGroup
from wxc_sdk.scim.users import (
    EmailObject,
    EnterpriseUser,
    ManagerObject,
    NameObject,
    PatchUserOperation,
    ScimUser,
    SipAddressObject,
    UserAddress,
    UserPhoneNumber,
    WebexUser,
)

from tests import factories

pytestmark = pytest.mark.processes
HOST = "https://webexapis.com"


class OtherHost(HTTPAdapter):
    """Sends requests meant for Webex to another server."""

    def __init__(self, server):
        super().__init__()
        self.server = server

    def send(self, request, **options):
        request.url = self.server + request.url.removeprefix(HOST)
        return super().send(request, **options)


class Recorded:
    """An API object of the SDK that records which of its methods were called."""

    def __init__(self, api, organization):
        self.api, self.organization, self.called = api, organization, set()

    def __getattr__(self, name):
        method = getattr(self.api, name)

        @wraps(method)
        def call(*arguments, **options):
            self.called.add(name)
            return method(str(self.organization.pk), *arguments, **options)

        return call

    @property
    def methods(self):
        return {name for name, value in vars(type(self.api)).items() if callable(value) and not name.startswith("_")}


@pytest.fixture
def sdk(transactional_db, site):
    """`sdk("users")`: that part of the SDK, for a new organization."""
    organization = factories.make_organization()
    _, secret = factories.make_token(organization)
    with WebexSimpleApi(tokens=secret) as api:
        api.session.mount(HOST, OtherHost(site))
        yield lambda part: Recorded(getattr(api.scim, part), organization)


@contextmanager
def refused(status):
    with pytest.raises(RestError) as refusal:
        yield
    assert refusal.value.response.status_code == status


def person(nick, /, **more):
    address = f"{nick}@example.com"
    return ScimUser(
        user_name=address,
        active=True,
        emails=[EmailObject(value=address, type="work", primary=True)],
        **more,
    )


def change(op, path, value=None):
    return PatchUserOperation(op=op, path=path, value=value)


def test_users_can_be_managed(sdk):
    users = sdk("users")
    manager = users.create(person("morpheus", display_name="Morpheus"))
    created = users.create(
        person(
            "trinity",
            display_name="Trinity",
            external_id="t-1",
            title="Pilot",
            user_type="user",
            preferred_language="en_US",
            timezone="America/Los_Angeles",
            name=NameObject(given_name="Trinity", family_name="Moss"),
            phone_numbers=[UserPhoneNumber(value="+47 900 00 001", type="mobile")],
            addresses=[UserAddress(type="work", street_address="Deck 1", country="NO")],
            enterprise_user=EnterpriseUser(
                department="Bridge", employee_number="7", manager=ManagerObject(value=manager.id)
            ),
            webex_user=WebexUser(sip_addresses=[SipAddressObject(value="trinity@sip.example.com", type="enterprise")]),
        )
    )
    read = users.details(created.id)
    assert (read.user_name, read.external_id, read.name.family_name) == ("trinity@example.com", "t-1", "Moss")
    assert (read.enterprise_user.department, read.enterprise_user.manager.value) == ("Bridge", manager.id)
    assert read.webex_user.sip_addresses[0].value == "trinity@sip.example.com"
    assert read.meta.location.endswith(f"/v2/Users/{created.id}")

    found = users.search(filter='userName eq "TRINITY@example.com"', return_groups=True, include_group_details=True)
    assert ([user.id for user in found.resources], found.total_results) == ([created.id], 1)
    named = users.search(attributes="userName", sort_by="userName", sort_order="descending", start_index=1, count=1)
    assert [(user.user_name, user.display_name) for user in named.resources] == [("trinity@example.com", None)]
    assert (named.total_results, named.items_per_page, named.start_index) == (2, 1, 1)
    for index in range(5):
        users.create(person(f"crew{index}"))
    assert len({user.id for user in users.search_all(count=2)}) == 7
    assert [user.id for user in users.search_all(filter='displayName sw "Mor"')] == [manager.id]

    read.title, read.phone_numbers = "Captain", None
    updated = users.update(read)
    assert (updated.id, updated.title, updated.phone_numbers) == (read.id, "Captain", None)

    changed = users.patch(
        created.id,
        [
            change("replace", "displayName", "The One"),
            change("add", "nickName", "Trin"),
            change("replace", 'emails[type eq "work"].value', "trin@example.com"),
            change("remove", "title"),
            change("replace", "active", "false"),
        ],
    )
    assert (changed.display_name, changed.nick_name, changed.title, changed.active) == ("The One", "Trin", None, False)
    assert [email.value for email in changed.emails] == ["trin@example.com"]

    users.delete(created.id)
    with refused(404):
        users.details(created.id)
    with refused(409):
        users.create(person("morpheus"))
    assert users.called == users.methods


WEBEX_FILTERS = [
    'department eq "R&D"',
    'employeeNumber eq "7"',
    'costCenter eq "42"',
    'organization eq "Zion"',
    'division eq "Fleet"',
    'manager.displayName eq "Morpheus"',
    "manager.value pr",
]


@pytest.mark.parametrize("text", WEBEX_FILTERS)
def test_users_are_found_by_webex_short_names(sdk, text):
    users = sdk("users")
    enterprise = EnterpriseUser(
        department="R&D",
        employee_number="7",
        cost_center="42",
        organization="Zion",
        division="Fleet",
        manager=ManagerObject(value="someone", display_name="Morpheus"),
    )
    created = users.create(person("trinity", enterprise_user=enterprise))
    users.create(person("switch"))
    assert [user.id for user in users.search(filter=text).resources] == [created.id]


def test_users_are_found_by_the_organization(sdk):
    users = sdk("users")
    created = users.create(person("trinity"))
    meta = "urn:scim:schemas:extension:cisco:webexidentity:2.0:User:meta.organizationId"
    found = users.search(filter=f'{meta} eq "{users.organization.pk}"')
    assert [user.id for user in found.resources] == [created.id]


def members_of(group):
    return {member.value for member in group.members or []}


def test_groups_can_be_managed(sdk):
    users, groups = sdk("users"), sdk("groups")
    neo, trinity, tank = (users.create(person(name)).id for name in ("neo", "trinity", "tank"))
    crew = groups.create(
        ScimGroup(
            display_name="Crew",
            external_id="g-1",
            members=[ScimGroupMember(value=neo, type="user"), ScimGroupMember(value=trinity, type="user")],
            webex_group=WebexGroup(usage="licenseGroup"),
        )
    )
    groups.create(ScimGroup(display_name="Council"))
    read = groups.details(crew.id)
    assert (read.display_name, read.external_id, members_of(read)) == ("Crew", "g-1", {neo, trinity})
    assert groups.details(crew.id, excluded_attributes="members").members is None

    found = groups.search(filter='displayName eq "crew"', include_members=True, member_type="user", count=10)
    assert ([group.id for group in found.resources], found.total_results) == ([crew.id], 1)
    ordered = groups.search(attributes="displayName", sort_by="displayName", sort_order="ascending", start_index=1)
    assert [group.display_name for group in ordered.resources] == ["Council", "Crew"]
    assert {group.display_name for group in groups.search_all(count=1)} == {"Council", "Crew"}

    page = groups.members(crew.id, start_index=2, count=1, member_type="user")
    assert (page.member_size, page.items_per_page, page.start_index, len(page.members)) == (2, 1, 2, 1)
    assert {member.value for member in groups.members_all(crew.id, count=1)} == {neo, trinity}

    read.display_name, read.members = "Nebuchadnezzar", [ScimGroupMember(value=tank)]
    updated = groups.update(read)
    assert (updated.display_name, members_of(groups.details(crew.id))) == ("Nebuchadnezzar", {tank})

    groups.patch(
        crew.id,
        operations=[
            change("replace", "displayName", "Logos"),
            change("add", "members", neo),
            change("remove", f'members[value eq "{tank}"]'),
        ],
    )
    read = groups.details(crew.id)
    assert (read.display_name, members_of(read)) == ("Logos", {neo})

    groups.delete(crew.id)
    with refused(404):
        groups.details(crew.id)
    assert groups.called == groups.methods


def test_members_can_be_added_as_a_json_string(sdk):
    """`PatchUserOperation.value` is a string in the SDK, so a script can only send a member as JSON in a string."""
    users, groups = sdk("users"), sdk("groups")
    neo = users.create(person("neo")).id
    crew = groups.create(ScimGroup(display_name="Crew")).id
    groups.patch(crew, operations=[change("add", "members", json.dumps([{"value": neo}]))])
    assert members_of(groups.details(crew)) == {neo}


def test_bulk_requests_are_processed(sdk):
    users, bulk = sdk("users"), sdk("bulk")

    def create(name, bulk_id):
        data = person(name).create_update()
        return BulkOperation(method=BulkMethod.post, path="/Users", bulk_id=bulk_id, data=data)

    made = bulk.bulk_request([create("neo", "a"), create("trinity", "b"), create("neo", "c")], fail_on_errors=2)
    assert [outcome.status for outcome in made.operations] == [201, 201, 409]
    assert [outcome.bulk_id for outcome in made.operations] == ["a", "b", "c"]
    neo, trinity = (outcome.user_id for outcome in made.operations[:2])
    assert users.details(neo).user_name == "neo@example.com"

    group = ScimGroup(display_name="Crew", members=[ScimGroupMember(value=neo)]).create_update()
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "displayName", "value": "The One"}],
    }
    done = bulk.bulk_request(
        [
            BulkOperation(method=BulkMethod.post, path="/Groups", bulk_id="crew", data=group),
            BulkOperation(method=BulkMethod.patch, path=f"/Users/{neo}", data=body),
            BulkOperation(method=BulkMethod.delete, path=f"/Users/{trinity}"),
        ]
    )
    assert [outcome.status for outcome in done.operations] == [201, 200, 204]
    assert users.details(neo).display_name == "The One"
    with refused(404):
        users.details(trinity)
    [crew] = sdk("groups").search(filter='displayName eq "Crew"').resources
    assert crew.display_name == "Crew"
    assert bulk.called == bulk.methods
