"""The pages that `python -m bench portal` requests. To measure another page, add a line to PAGES."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from bench.portal.fill import DOMAINS, GROUPS, Place
from bench.seed import GIVEN, family_name, user_name

Draw = Callable[[Place, random.Random], str]


@dataclass(frozen=True)
class PortalPage:
    """`draw` returns the path of a random request. Organizations with fewer users than `at_least` have no such page."""

    name: str
    draw: Draw
    at_least: int = 0


def _user(place: Place, draw: random.Random) -> int:
    return draw.randrange(place.users)


def _search(text: Callable[[int], str]) -> Draw:
    return lambda place, draw: f"/users/?q={quote(text(_user(place, draw)))}"


def _group(size: int) -> Draw:
    return lambda place, _: f"/users/?group={place.group_ids[size]}"


def _group_page(size: int, query: str = "") -> Draw:
    return lambda place, _: f"/groups/{place.group_ids[size]}/{query}"


def _group_search(size: int) -> Draw:
    return lambda place, draw: f"/groups/{place.group_ids[size]}/?q={quote(family_name(_user(place, draw)))}"


def _connection(number: int) -> Draw:
    return lambda place, _: f"/users/?connection={place.connections[number].pk}"


def _fixed(path: str) -> Draw:
    return lambda _place, _draw: path


def _full_name(index: int) -> str:
    return f"{GIVEN[index % len(GIVEN)]} {family_name(index)}"


PAGES = [
    PortalPage("users: first page", _fixed("/users/")),
    PortalPage("users: last page", _fixed("/users/?last=1")),
    *(
        PortalPage(f"users: sort {sort}{place and ', last page'}", _fixed(f"/users/?sort={sort}{place}"))
        for sort in ("-name", "email", "-email", "created", "-created")
        for place in ("", "&last=1")
    ),
    *(
        PortalPage(f"users: status {status}", _fixed(f"/users/?status={status}"))
        for status in ("active", "inactive", "not_verified")
    ),
    PortalPage("users: inactive by deletion date", _fixed("/users/?status=inactive&sort=deletion")),
    PortalPage("users: inactive by name, last page", _fixed("/users/?status=inactive&sort=name&last=1")),
    PortalPage("users: administrators", _fixed("/users/?role=any")),
    PortalPage("users: connection of nine in ten", _connection(0)),
    PortalPage("users: connection of one in ten, by email", lambda p, d: f"{_connection(1)(p, d)}&sort=email"),
    PortalPage("users: connection of few", _connection(2)),
    PortalPage("users: without a connection", _fixed("/users/?connection=none")),
    *(PortalPage(f"users: domain {domain}", _fixed(f"/users/?domain={domain}")) for domain in DOMAINS),
    PortalPage("users: with provisioning errors", _fixed("/users/?errors=yes")),
    *(PortalPage(f"users: group of {size:,}", _group(size), at_least=size) for size in GROUPS),
    PortalPage("users: domain and connection", lambda p, d: f"{_connection(0)(p, d)}&domain={DOMAINS[0]}"),
    PortalPage("users: search, full name", _search(_full_name)),
    PortalPage(
        "users: search, family name first", _search(lambda index: " ".join(reversed(_full_name(index).split())))
    ),
    PortalPage("users: search, userName", _search(user_name)),
    PortalPage("users: search, beginning of a name", _search(lambda index: family_name(index)[:4])),
    PortalPage("users: search, middle of a name", _search(lambda index: family_name(index)[2:6])),
    PortalPage("users: search, three letters", _search(lambda index: family_name(index)[1:4])),
    PortalPage("users: search, two letters", _search(lambda index: family_name(index)[1:3])),
    PortalPage("users: search, one letter", _search(lambda index: family_name(index)[:1])),
    PortalPage("users: search, a name of one in ten", _search(lambda index: GIVEN[index % len(GIVEN)])),
    PortalPage("users: search, nothing found", _search(lambda index: f"xyzzy{index}")),
    PortalPage("users: search, SCIM id", lambda place, draw: f"/users/?q={draw.choice(place.user_ids)}"),
    PortalPage("users: search, phone number", _search(lambda index: f"+47 {22_000_000 + index}")),
    PortalPage("users: search, employee number", _search(str)),
    PortalPage("users: deleted", _fixed("/users/deleted/")),
    PortalPage("users: deleted by name", _fixed("/users/deleted/?sort=name")),
    PortalPage(
        "users: search among the deleted",
        lambda place, draw: f"/users/deleted/?q={quote(family_name(_user(place, draw)))}",
    ),
    PortalPage("user", lambda place, draw: f"/users/{draw.choice(place.user_ids)}/"),
    PortalPage("groups", _fixed("/groups/")),
    PortalPage("groups: search", _fixed("/groups/?q=group")),
    *(PortalPage(f"group of {size:,}: members", _group_page(size), at_least=size) for size in GROUPS),
    *(PortalPage(f"group of {size:,}: search", _group_search(size), at_least=size) for size in GROUPS),
    PortalPage("overview", _fixed("/")),
]
