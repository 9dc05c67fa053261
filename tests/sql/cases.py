"""Each kind of request and action whose SQL is recorded in a file, `tests/sql/<name>.sql`.

To add one, write a function that takes a `World` and does one thing, and mark it with `@case`. Then run `make sql`.
If it returns a response, the response must be a success.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from controlhub.actions.users import purge_user
from controlhub.models import Cause, User
from tests import factories
from tests.conftest import ScimClient


@dataclass(frozen=True)
class World:
    """An organization with a few users and groups. Its token is cached, like those of busy clients."""

    organization: Any
    scim: Any
    alice: str
    bob: str
    crew: str
    """The ID of a group with the members Alice and Bob."""

    @classmethod
    def make(cls, organization, scim):
        users = [
            factories.make_user(
                organization,
                f"{name.lower()}@example.com",
                name={"givenName": name, "familyName": "Jensen"},
                displayName=f"{name} Jensen",
            )
            for name in ("Alice", "Bob")
        ]
        alice, bob = [str(user.pk) for user in users]
        members = [{"value": alice}, {"value": bob}]
        crew = scim.post("/Groups", {"displayName": "Crew", "members": members}).document["id"]
        scim.get("/Users?count=1")  # the first request with a token writes when it was used,
        scim.get("/Users?count=1")  # the second one caches it
        return cls(organization, scim, alice, bob, crew)


@dataclass(frozen=True)
class Case:
    """One request or action. `before` prepares what it needs, and its statements are not part of the file."""

    name: str
    title: str
    run: Callable[..., Any]
    before: Callable[..., Any]


CASES: dict[str, Case] = {}


def case(name, title, *, before=lambda _: None):
    """Register a function as a case. `before` takes the world, `run` the world and the result of `before`, if any."""

    def add(run):
        CASES[name] = Case(name, title, run, before)
        return run

    return add


def get(name, path, title="", *, before=lambda _: None):
    """A case that is a GET request. The path may contain the IDs of the world."""

    def run(world):
        return world.scim.get(path.format(alice=world.alice, bob=world.bob, crew=world.crew))

    case(name, title or f"GET {path}", before=before)(run)


def give_bob_access(world):
    """Make Bob a user who has had a token, a session or an invitation."""
    User.objects.filter(pk=world.bob).update(access_version=1)


def nest_groups(world):
    """Make Crew a member of another group, so that the organization has nested groups."""
    world.scim.post("/Groups", {"displayName": "Everyone", "members": [{"value": world.crew}]})
    world.scim.get("/Users?count=1")  # the organization has changed, so its token is read again


# --- Reads ---
get("user_get", "/Users/{alice}")
get("user_get_without_groups", "/Users/{alice}?excludedAttributes=groups")
get("user_get_nested_groups", "/Users/{alice}", "GET /Users/{alice} where groups are nested", before=nest_groups)
get("user_list_first_page", "/Users?count=100")
get("user_list_by_start_index", "/Users?startIndex=2&count=100")
get("user_list_by_cursor", "/Users?cursor=&count=1")
get("user_list_sorted", "/Users?sortBy=name.familyName&count=100")
get("user_count", "/Users?count=0")
get("user_filter_user_name", '/Users?filter=userName eq "alice@example.com"')
get("user_filter_family_name", '/Users?filter=name.familyName eq "Jensen"')
get("user_filter_family_name_starts_with", '/Users?filter=name.familyName sw "Jen"')
get("user_filter_display_name_contains", '/Users?filter=displayName co "lice"')
get("user_filter_email", '/Users?filter=emails[type eq "work" and value eq "alice@example.com"]')
get("user_filter_group", '/Users?filter=groups.value eq "{crew}"')
get("user_filter_inactive", "/Users?filter=active eq false")
get("user_filter_title_unindexed", '/Users?filter=title eq "Pilot"')
get("group_get", "/Groups/{crew}")
get("group_get_without_members", "/Groups/{crew}?excludedAttributes=members")
get("group_get_with_member_names", "/Groups/{crew}?attributes=displayName,members.display")
get("group_list_first_page", "/Groups?count=100")
get("group_filter_display_name", '/Groups?filter=displayName eq "Crew"')
get("group_filter_member", '/Groups?filter=members.value eq "{alice}"')
get("group_members_page", "/Groups/{crew}/Members?startIndex=1&count=100")


def new_token(world):
    _, secret = factories.make_token(world.organization)
    return ScimClient(world.organization, secret)


@case("token_first_use", "GET /Users?count=0 with a token that is used for the first time", before=new_token)
def token_first_use(_, client):
    return client.get("/Users?count=0")


@case(
    "user_list_next_cursor",
    "GET /Users?cursor={nextCursor}&count=1",
    before=lambda world: world.scim.get("/Users?cursor=&count=1").document["nextCursor"],
)
def user_list_next_cursor(world, cursor):
    return world.scim.get(f"/Users?cursor={cursor}&count=1")


# --- Writes ---
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
NEW = {"schemas": [CORE], "userName": "carol@example.com", "externalId": "1001", "displayName": "Carol Jensen"}


def deactivate_bob(world):
    world.scim.patch(f"/Users/{world.bob}", {"op": "replace", "path": "active", "value": False})


@case("user_create", "POST /Users")
def user_create(world):
    return world.scim.post("/Users", NEW)


@case("user_put", "PUT /Users/{alice}")
def user_put(world):
    return world.scim.put(f"/Users/{world.alice}", {"userName": "alice@example.com", "title": "Pilot"})


@case("user_patch", "PATCH /Users/{alice}")
def user_patch(world):
    return world.scim.patch(f"/Users/{world.alice}", {"op": "replace", "path": "title", "value": "Pilot"})


@case("user_deactivate", "PATCH /Users/{bob} with active: false")
def user_deactivate(world):
    return world.scim.patch(f"/Users/{world.bob}", {"op": "replace", "path": "active", "value": False})


@case("user_deactivate_with_access", "The same, of a user who has had a token or a session", before=give_bob_access)
def user_deactivate_with_access(world):
    return user_deactivate(world)


@case("user_reactivate", "PATCH /Users/{bob} with active: true", before=deactivate_bob)
def user_reactivate(world):
    return world.scim.patch(f"/Users/{world.bob}", {"op": "replace", "path": "active", "value": True})


@case("user_delete", "DELETE /Users/{alice}")
def user_delete(world):
    return world.scim.delete(f"/Users/{world.alice}")


@case(
    "user_purge",
    "Permanent deletion after the retention period: what the purge runs for each user of a batch",
    before=lambda world: User.objects.select_related("organization").get(pk=world.bob),
)
def user_purge(world, user):
    purge_user(user, cause=Cause.RETENTION, actor=factories.COMMAND)


@case(
    "user_purge_with_access",
    "The same, of a user who has had a token or a session",
    before=lambda world: give_bob_access(world) or User.objects.select_related("organization").get(pk=world.bob),
)
def user_purge_with_access(world, user):
    user_purge(world, user)


@case("user_bulk_create", "POST /Bulk with two POST /Users")
def user_bulk_create(world):
    other = {**NEW, "userName": "dave@example.com", "externalId": "1002"}
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(number), "data": data}
        for number, data in enumerate((NEW, other))
    ]
    schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]
    return world.scim.post("/Bulk", {"schemas": schemas, "Operations": operations})


@case("group_create", "POST /Groups")
def group_create(world):
    return world.scim.post("/Groups", {"displayName": "Pilots"})


@case("group_create_with_members", "POST /Groups with two members")
def group_create_with_members(world):
    members = [{"value": world.alice}, {"value": world.bob}]
    return world.scim.post("/Groups", {"displayName": "Pilots", "members": members})


@case(
    "group_add_member",
    "PATCH /Groups/{pilots}: add one member",
    before=lambda world: world.scim.post("/Groups", {"displayName": "Pilots"}).document["id"],
)
def group_add_member(world, pilots):
    return world.scim.patch(f"/Groups/{pilots}", {"op": "add", "path": "members", "value": [{"value": world.alice}]})


@case("group_remove_member", "PATCH /Groups/{crew}: remove one member")
def group_remove_member(world):
    path = f'members[value eq "{world.alice}"]'
    return world.scim.patch(f"/Groups/{world.crew}?attributes=displayName", {"op": "remove", "path": path})


@case("group_delete", "DELETE /Groups/{crew}")
def group_delete(world):
    return world.scim.delete(f"/Groups/{world.crew}")
