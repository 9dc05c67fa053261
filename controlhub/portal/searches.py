"""Turns search strings into queries for the indexes on parts of names (docs/decisions/0020)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from controlhub.models import Group, Organization, User
from controlhub.models.documents import DocumentQuerySet
from controlhub.sql import searches
from controlhub.text.names import canonical_part
from controlhub.user_lists.search import with_number
from scim.protocol.nodes import Operator
from scim.protocol.values import fold
from scim.resources.queries.suffixes import display_name_query, user_name_query

M = TypeVar("M", bound=Model)
MOST_WORDS = 6
MOST_PEOPLE = 5_000
"""A search reads at most this many people, and then reports that there are too many."""
MOST_GROUPS = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """The ids that a search found, in the order of names, and whether it stopped at its limit."""

    ids: list[UUID]
    is_cut: bool = False


def words_of(text: str) -> list[str]:
    """The folded words of a search, in any order: "Jensen Barbara" finds Barbara Jensen."""
    return fold(text).split()[:MOST_WORDS]


def query_of(words: Iterable[str], organization: Organization) -> str:
    """The tsquery for people with all of these words; "" if the words are too short for the index."""
    parts = []
    for word in words:
        queries = (display_name_query(Operator.CO, word), user_name_query(Operator.CO, word))
        if either := [f"({query(organization.pk)})" for query in queries if query]:
            parts.append(f"({' | '.join(either)})")
    return " & ".join(parts)


def find_people(organization: Organization, text: str, *, most: int = MOST_PEOPLE) -> Found:
    """People with this name, userName or e-mail address, this id or externalId, or this phone or employee number."""
    text = text.strip()
    users = User.objects.in_organization(organization).filter(hidden=False)
    exact = list(_exact(users, text, emails=text.lower()).values_list("pk", flat=True)[:most])
    numbered = with_number(organization, text).filter(hidden=False)
    exact += [pk for pk in numbered.values_list("pk", flat=True)[:most] if pk not in exact]
    words = words_of(text)
    query = query_of(words, organization)
    found = searches.find_people(organization.pk, words=words, query=query, most=most + 1) if query else []
    return Found([*exact, *(pk for pk in found[:most] if pk not in exact)], len(found) > most)


def find_groups(organization: Organization, text: str) -> Found:
    """Groups whose name contains the text, or that have this id or externalId."""
    text = text.strip()
    groups = Group.objects.in_organization(organization)
    exact = list(_exact(groups, text).values_list("pk", flat=True)[:MOST_GROUPS])
    part = canonical_part(text)
    query = display_name_query(Operator.CO, part)
    if query is None:
        begins = groups.filter(display_name_key__gte=part, display_name_key__lt=part + chr(0x10FFFF))
        found = list(begins.order_by("display_name_key", "ordinal").values_list("pk", flat=True)[: MOST_GROUPS + 1])
    else:
        found = searches.find_groups(organization.pk, text=part, query=query(organization.pk), most=MOST_GROUPS + 1)
    return Found([*exact, *(pk for pk in found[:MOST_GROUPS] if pk not in exact)], len(found) > MOST_GROUPS)


def _exact(rows: DocumentQuerySet[M], text: str, *, emails: str = "") -> QuerySet[M]:
    """The rows with this id, externalId or e-mail address."""
    try:
        return rows.filter(pk=UUID(text))
    except ValueError:
        found = rows.filter(external_id=text)
        return found.union(rows.filter(emails__contains=[emails])) if emails else found
