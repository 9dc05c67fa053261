"""Users of about 1 kB in the form that Entra sends, copied directly into the tables."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import orjson
from django.db import connection
from django.utils import timezone
from psycopg import sql

from audit.actor import COMMAND
from controlhub.actions.organizations import create_organization
from controlhub.actions.tokens import issue_token
from controlhub.actions.users.columns import columns_of
from controlhub.models import Cause, Group, Organization, PurgedUser, Source, User
from controlhub.sql import burst_limits

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
COPIED = (
    "id", "organization_id", "portal_role", "source", "source_label", "version", "document", "user_name",
    "user_name_key", "external_id", "emails", "numbers", "display_name", "given_name", "family_name", "active",
    "connection_id", "deactivated_at", "original_user_name", "hidden", "verified", "document_size",
)  # fmt: skip


@dataclass(frozen=True)
class Population:
    """An organization with many people, and the size and ID of each group. `loners` are in no group."""

    organization: Organization
    token: str
    user_ids: list[uuid.UUID]
    group_ids: dict[int, uuid.UUID]
    loners: list[uuid.UUID]


LONERS = 500


def populate(users: int, group_sizes: tuple[int, ...]) -> Population:
    """Create an organization with this many users, a few loners, and a group of each size.

    The purge limit is as high as in a large organization, so that many users can be removed within an hour.
    """
    organization = create_organization(name=f"Bench {users}", actor=COMMAND)
    Organization.objects.filter(pk=organization.pk).update(purge_floor=burst_limits.MOST)
    _, secret = issue_token(organization, name="bench", actor=COMMAND)
    ids = add_people(organization, users)
    groups = {size: group_of(organization, spread(ids, size)) for size in group_sizes}
    loners = add_people(organization, LONERS, first=users)
    remember_leavers(organization)
    settle()
    return Population(organization, secret, ids, groups, loners)


def add_people(
    organization: Organization, count: int, *, first: int = 0, change: Callable[[User, int], None] | None = None
) -> list[uuid.UUID]:
    """Create users, numbered from `first`, and return their IDs. `change` is called with each user before saving."""
    ids: list[uuid.UUID] = []
    with connection.cursor() as cursor:
        text = sql.SQL("COPY controlhub_user ({}) FROM STDIN").format(sql.SQL(", ").join(map(sql.Identifier, COPIED)))
        with cursor.copy(text) as copy:  # type: ignore[attr-defined] — psycopg's, which Django passes on
            for index in range(first, first + count):
                user = person(organization, index)
                if change:
                    change(user, index)
                ids.append(user.id)
                copy.write_row([prepared(user, name) for name in COPIED])
    return ids


def remember_leavers(organization: Organization) -> None:
    """Add users who were purged last year, as in any directory. Otherwise, plans for an empty table would be cached."""
    last_year = timezone.now() - timedelta(days=365)
    PurgedUser.objects.bulk_create(
        PurgedUser(
            id=uuid.uuid4(),
            organization=organization,
            created_at=last_year,
            purged_at=last_year + timedelta(minutes=number),
            cause=Cause.RETENTION,
        )
        for number in range(1_000)
    )


def settle() -> None:
    """Do the background work that PostgreSQL would otherwise do during the next measurement, after many writes."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def person(organization: Organization, index: int) -> User:
    written = document(index)
    return User(
        organization=organization,
        source=Source.SCIM,
        source_label="bench",
        document=written,
        document_size=len(orjson.dumps(written)),
        hidden=False,
        verified=True,
        **columns_of(written, organization.pk),
    )


def prepared(user: User, name: str) -> object:
    field = User._meta.get_field(name)  # noqa: SLF001 — public in all but name
    return field.get_db_prep_save(getattr(user, field.attname), connection)  # type: ignore[union-attr]


def spread(ids: list[uuid.UUID], size: int) -> list[uuid.UUID]:
    """Select this many of them at even intervals."""
    return ids[:: len(ids) // size][:size]


def group_of(organization: Organization, members: list[uuid.UUID]) -> uuid.UUID:
    name = f"Group of {len(members)}"
    group = Group.objects.create(
        organization=organization,
        document={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name},
        display_name=name,
        display_name_key=name.lower(),
        member_count=len(members),
    )
    with connection.cursor() as cursor:
        text = "INSERT INTO controlhub_membership (group_id, user_id) SELECT %s, unnest(%s::uuid[])"
        cursor.execute(text, (group.id, members))
    return group.id


FAMILY = 10
"""The number of people who share a family name."""
GIVEN = ("Ada", "Bruno", "Carla", "Dimitri", "Elena", "Farid", "Grete", "Hugo", "Ines", "Jonas")
_ONSETS = "bdfghjklmnprstvwz"
_CLUSTERS = ("br", "dr", "gl", "kl", "kr", "pl", "sch", "sk", "sl", "st", "str", "th", "tr")
_SYLLABLES = [onset + vowel for onset in (*_ONSETS, *_CLUSTERS) for vowel in "aeiou"]


def family_name(index: int) -> str:
    """Three of 150 syllables, different for every FAMILY people. Letters are distributed as in names, not numbers."""
    place = index // FAMILY * 7_919 % len(_SYLLABLES) ** 3
    rest, last = divmod(place, len(_SYLLABLES))
    first, middle = divmod(rest, len(_SYLLABLES))
    return f"{_SYLLABLES[first]}{_SYLLABLES[middle]}{_SYLLABLES[last]}".capitalize()


def user_name(index: int) -> str:
    return f"{family_name(index)}.{GIVEN[index % FAMILY]}@northwind.example".lower()


def document(index: int) -> dict[str, object]:
    name, given, family = user_name(index), GIVEN[index % FAMILY], family_name(index)
    return {
        "schemas": [CORE, ENTERPRISE],
        "externalId": str(uuid.UUID(int=index)),
        "userName": name,
        "active": True,
        "displayName": f"{given} {family}",
        "title": "Support Engineer",
        "preferredLanguage": "en-US",
        "name": {"formatted": f"{given} {family}", "familyName": family, "givenName": given},
        "emails": [
            {"type": "work", "primary": True, "value": name},
            {"type": "other", "value": f"p{index}@mail.example"},
        ],
        "phoneNumbers": [
            {"type": "work", "value": f"+47 {22_000_000 + index:_}".replace("_", " ")},
            {"type": "mobile", "value": f"+47 {90_000_000 + index:_}".replace("_", " ")},
        ],
        "addresses": [
            {
                "type": "work",
                "streetAddress": "Karl Johans gate 1",
                "locality": "Oslo",
                "postalCode": "0154",
                "country": "NO",
                "formatted": "Karl Johans gate 1\n0154 Oslo",
            }
        ],
        ENTERPRISE: {
            "employeeNumber": str(index),
            "department": "IT Operations",
            "costCenter": "4711",
            "organization": "Northwind",
            "division": "Europe",
            "manager": {"value": str(uuid.UUID(int=0))},
        },
    }
