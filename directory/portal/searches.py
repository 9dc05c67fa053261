"""Searches for people and groups of the directory by parts of their names, bounded by indexes."""

from uuid import UUID

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import StrIndex

from controlhub.models import Organization
from controlhub.models.expressions import compared
from controlhub.text.names import canonical_part
from directory.models import Group
from directory.models.expressions import PARTS_OF_PERSON
from directory.models.people import PersonQuerySet

PART = 8
"""The number of characters of an entry in the index on parts of names."""
LEAST = 3
"""Shorter words only narrow the results of longer ones, or match the beginning of a name."""
LEAST_INSIDE = 5
"""User principal names have an entry at every second character: longer words are also looked up without the first."""
MOST_WORDS = 6
ORGANIZATION_CHARS = 6
LAST = chr(0x10FFFF)
NAMES = Func(
    "display_name",
    "given_name",
    "surname",
    "upn_key",
    template="controlhub_fold(%(expressions)s)",
    arg_joiner=" || E'\\n' || ",
    output_field=TextField(),
)
"""All names of a person without case, one per line."""


def find_people(people: PersonQuerySet, organization: Organization, text: str) -> PersonQuerySet:
    """The people among these with all words in their names, in any order, or with this object ID."""
    try:
        return people.in_organization(organization).filter(pk=UUID(text.strip()))
    except ValueError:
        words = text.lower().split()[:MOST_WORDS]
    for word in words:
        people = people.filter(compared(StrIndex(NAMES, Value(word)), ">", Value(0)))
    longer = [word for word in words if len(word) >= LEAST]
    if longer:
        return _by_parts(people, organization, longer)
    people = people.in_organization(organization)
    first = max(words, key=len, default="")
    keys = (("name_key", f"0{first}"), ("upn_key", first))
    begins = Q()
    for key, letters in keys:
        begins |= Q(**{f"{key}__gte": letters, f"{key}__lt": letters + LAST})
    return people.filter(begins)


def find_groups(organization: Organization, text: str) -> QuerySet[Group]:
    """The groups with this text in their names, or with this object ID."""
    groups = Group.objects.in_organization(organization)
    try:
        return groups.filter(pk=UUID(text.strip()))
    except ValueError:
        part = Value(canonical_part(text.strip()))
        return groups.filter(compared(StrIndex(F("display_name_key"), part), ">", Value(0)))


def _by_parts(people: PersonQuerySet, organization: Organization, words: list[str]) -> PersonQuerySet:
    """Filters by the index on parts of names.

    With IS NOT DISTINCT FROM, PostgreSQL cannot use an index on organizations, which would read all people.
    Names that are too long for the index have one entry, the mark of their organization.
    """
    mark = str(organization.pk)[-ORGANIZATION_CHARS:]
    asked = " & ".join(f"({_entries(mark, word)})" for word in words)
    query = Func(Value(f"'{mark}' | ({asked})"), template="%(expressions)s::tsquery", output_field=TextField())
    own = compared(F("organization"), "IS NOT DISTINCT FROM", Value(organization.pk))
    return people.filter(own, compared(PARTS_OF_PERSON, "@@", query))


def _entries(mark: str, word: str) -> str:
    entries = [_beginning(mark + word[:PART], is_whole=len(word) >= PART)]
    if len(word) >= LEAST_INSIDE:
        entries.append(_beginning(mark + word[1 : 1 + PART], is_whole=len(word) > PART))
    return " | ".join(entries)


def _beginning(text: str, *, is_whole: bool) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'" if is_whole else f"'{quoted}':*"
