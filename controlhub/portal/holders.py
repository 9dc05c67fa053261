"""The people with an administrator role: by page, or all of them one after another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator

from controlhub.models import Account, Organization, User
from controlhub.models.role_ways import RoleWay, role_ways
from controlhub.portal.member_pages import NIL, PAGE, slice_at
from controlhub.sql.role_holders import holders_after, holders_before

SORTED = 500
"""Up to this many people are sorted by name; if there are more, they are in the order in which they were added."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with a role and every source of it. `address` is "" for people by group who have never signed in."""

    person: User
    ways: list[RoleWay]
    address: str
    last_login: datetime | None
    has_factor: bool


def holder_ids(organization: Organization, after: UUID | None, before: UUID | None) -> tuple[list[UUID], bool, bool]:
    """The ids of the people on a page, and whether there are others before and after it."""
    few = holders_after(organization.pk, NIL, limit=SORTED + 1)
    if len(few) <= SORTED:
        people = User.objects.in_organization(organization).filter(pk__in=few)
        named = sorted(people, key=lambda person: (person.display_label.casefold(), person.pk))
        return slice_at([person.pk for person in named], after, before)
    if before:
        found = holders_before(organization.pk, before, limit=PAGE + 1)
        return found[-PAGE:], len(found) > PAGE, True
    found = holders_after(organization.pk, after or NIL, limit=PAGE + 1)
    return found[:PAGE], after is not None, len(found) > PAGE


def holders_of(organization: Organization, ids: Sequence[UUID]) -> list[Holder]:
    """These people with the sources of their roles, in the order of `ids`."""
    people = User.objects.in_organization(organization).in_bulk(ids)
    ways = role_ways(people.values())
    accounts = {account.user_id: account for account in Account.objects.filter(user__in=ids)}
    factors = Authenticator.objects.filter(user__in=accounts.values())
    with_factor = set(factors.exclude(type=Authenticator.Type.RECOVERY_CODES).values_list("user_id", flat=True))
    found = []
    for pk in ids:
        if pk in people and ways[pk]:
            account = accounts.get(pk)
            found.append(
                Holder(
                    people[pk],
                    ways[pk],
                    account.sign_in_address if account else "",
                    account.last_login if account else None,
                    bool(account and account.pk in with_factor),
                )
            )
    return found


def all_holders(organization: Organization) -> Iterator[Holder]:
    """Every person with a role, read in batches of SORTED."""
    after = NIL
    while ids := holders_after(organization.pk, after, limit=SORTED):
        yield from holders_of(organization, ids)
        after = ids[-1]
