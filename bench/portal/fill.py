"""A realistic organization for the portal's pages, with several connections, domains, statuses, roles and groups."""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from audit.actor import COMMAND
from bench.seed import add_people, group_of, settle, spread
from controlhub.actions.organizations import create_organization
from controlhub.models import Account, Connection, Organization, ProvisioningError, Role, Source, User
from controlhub.models.sessions import BEGAN, SessionStore

GROUPS = (100_000, 1_000, 10)
DOMAINS = ("northwind.example", "contractors.example", "labs.example")
RARE = 10_000
"""One in this many users is rare: it belongs to the third connection, is an administrator, or is not verified."""
FAILING, INACTIVE = 1_000, 50
"""One in this many users has a provisioning error or is Inactive. Half of the Inactive users are deleted."""
FULL = 100
"""In small organizations, more users have these properties so that all compared pages are full."""


@dataclass(frozen=True)
class Place:
    """An organization, the session cookie of a full administrator, and the objects that pages can show."""

    organization: Organization
    cookie: str
    users: int
    user_ids: list[uuid.UUID]
    connections: list[Connection]
    group_ids: dict[int, uuid.UUID]


def fill(users: int) -> Place:
    """Run `make_place` and update the statistics, as autovacuum would do over time."""
    place = make_place(users)
    settle()
    return place


def make_place(users: int) -> Place:
    """A new organization with this many users, those GROUPS that have enough users, and an administrator."""
    organization = create_organization(name=f"Portal {users}", actor=COMMAND)
    connections = [
        Connection.objects.create(organization=organization, name=name, scopes=["users:read"])
        for name in ("Entra ID", "Okta contractors", "Google Workspace")
    ]
    now = timezone.now()
    failing, inactive = min(FAILING, users // FULL), min(INACTIVE, users // (2 * FULL))

    def vary(user: User, index: int) -> None:
        draw = random.Random(index)
        _own(user, index, connections, draw)
        if draw.randrange(inactive) == 0:
            _end(user, now, draw)

    ids = add_people(organization, users, change=vary)
    group_ids = {size: group_of(organization, spread(ids, size)) for size in GROUPS if size <= users}
    _fail(organization, connections[0], ids[::failing])
    cookie = _sign_in(organization)
    return Place(organization, cookie, users, ids, connections, group_ids)


def _own(user: User, index: int, connections: list[Connection], draw: random.Random) -> None:
    """90% of users belong to the first connection and domain. A few were added by hand."""
    owner = 2 if _is_rare(index, 1) else 1 if draw.randrange(10) == 0 else 0
    user.connection_id = connections[owner].pk
    user.source_label = connections[owner].name
    domain = DOMAINS[owner]
    if owner:
        user.document["userName"] = user.user_name = user.user_name.replace(DOMAINS[0], domain)
        user.user_name_key = user.user_name.lower()
    if _is_rare(index, 5):
        user.source, user.connection_id, user.source_label, user.verified = Source.PORTAL, None, "", False


def _is_rare(index: int, first: int) -> bool:
    """Whether this is the one rare user among RARE. Its position varies so that rare users have different names."""
    return index % RARE == (index // RARE * 7 + first) % RARE


def _end(user: User, now: datetime, draw: random.Random) -> None:
    """Make the user Inactive. Half of these are deleted, and half of the deleted ones are hidden from SCIM."""
    user.active = user.document["active"] = False
    user.verified = True
    user.deactivated_at = now - timedelta(minutes=draw.randrange(40_000))
    if draw.randrange(2):
        user.original_user_name = user.user_name
        user.user_name = user.user_name_key = f"{uuid.uuid4().hex}{user.original_user_name}"
        user.hidden = draw.randrange(2) == 0


def _fail(organization: Organization, connection: Connection, ids: list[uuid.UUID]) -> None:
    """Make the last SCIM request about each of these users a failure."""
    now = timezone.now()
    ProvisioningError.objects.bulk_create(
        ProvisioningError(
            resource_id=pk,
            organization=organization,
            connection_id=connection.pk,
            request=uuid.uuid4(),
            at=now,
            status=409,
            scim_type="uniqueness",
        )
        for pk in ids
    )


def _sign_in(organization: Organization) -> str:
    """Returns the session cookie of a new full administrator. Creates 19 other administrators."""
    users = User.objects.in_organization(organization).active().filter(verified=True)[:20]
    roles = [Role.FULL_ADMIN, *list(Role)[1:]] * 4
    accounts = [_account(user, role) for user, role in zip(users, roles, strict=True)]
    store = SessionStore()
    store["_auth_user_id"] = str(accounts[0].pk)
    store["_auth_user_backend"] = "controlhub.portal.signin.backend.AccountBackend"
    store["_auth_user_hash"] = accounts[0].get_session_auth_hash()
    store[BEGAN] = timezone.now().timestamp()
    store.save(must_create=True)
    return str(store.session_key)


def _account(user: User, role: Role) -> Account:
    address = f"{user.pk}@bench.example"
    User.objects.filter(pk=user.pk).update(portal_role=role)
    return Account.objects.create(user=user, sign_in_address=address, sign_in_key=address, role=role)
