"""Searches for users: by words of their names in any order, by what identifies one user, and by a number.

Every word must be a part of the given, family or display name or of the userName. The index on parts of names
(docs/decisions/0020 and 0036) finds the users, and `contains_words` checks them again. That index collects all users
with a part before the first one is read. So the planner first estimates the number of users: words in many names are
only used to check the results of rarer ones. If all words are in many names, users are read until enough match.
"""

from uuid import UUID

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import StrIndex

from controlhub.models import Organization, User
from controlhub.models.expressions import (
    DOMAIN,
    HAS_NUMBERS,
    NUMBERS,
    PARTS_OF_NAMES,
    SEARCHED_TEXT,
    SHOWN_NAME_KEY,
    compared,
    sort_key,
)
from controlhub.models.users import UserQuerySet
from controlhub.sql.user_lists import common_words, expected_users
from controlhub.text.names import canonical_key
from controlhub.text.number_entries import is_dialed, question
from controlhub.user_lists.criteria import is_uuid

PART = 8
"""The number of characters of an index entry."""
LEAST = 3
"""Shorter words are in most names: they are only used to check results, or as the beginning of a name."""
LEAST_INSIDE = 5
"""Words of at least this length are found at every position of a userName, shorter ones at every second position."""
MOST_ASKED = 4
"""The number of words to look up, the longest first. The others are only used to check results."""
MOST_CHECKED = 10_000
"""The maximum number of users that are read to find those who match."""
MOST_COLLECTED = 50_000
"""The maximum number of users for the index to collect. For more, reading users until enough match is faster."""
MOST_WORDS = 10
MOST_NAMED = 1_000
MOST_IDENTIFIED = 100
"""The maximum number of users that one identifier finds."""
ORGANIZATION_CHARS = 6
LAST = chr(0x10FFFF)


def words_of(text: str) -> list[str]:
    """Returns the words that must be found, in lower case, at most MOST_WORDS."""
    return text.lower().split()[:MOST_WORDS]


def found_by_index(users: UserQuerySet, organization: Organization, text: str) -> UserQuerySet:
    """Returns the organization's users that match a search, in a way that finds the first ones by reading few others.

    If all words are in many names, the index of names that begin with one of them has enough users. A word that is
    inside very many names is in at least one of twenty, whichever users are read.
    """
    ids = identified(organization, text)
    if ids and is_dialed(text):
        # A number may also be a part of a userName.
        named = _named(User.objects.all(), organization, text).values_list("pk", flat=True)
        ids += named[:MOST_NAMED]
    if ids:
        return users.in_organization(organization).filter(pk__in=ids)
    return _named(users, organization, text)


def _named(users: UserQuerySet, organization: Organization, text: str) -> UserQuerySet:
    words = words_of(text)
    users = users.filter(contains_words(words))
    known = _known(organization, words)
    if asked := [entries for number, entries, _word in known if number <= MOST_CHECKED] or _together(known):
        return _by_parts(users, organization, asked)
    word = known[0][2] if known else max(words, key=len, default="")
    own, kind = users.in_organization(organization), common_words(organization.pk, [word]).get(word, "")
    if kind or not known:
        return own.filter(_begins(kind, word))
    number, entries, _word = known[0]
    return _by_parts(users, organization, [entries]) if number <= MOST_COLLECTED else own


def contains_words(words: list[str]) -> Q:
    """Returns the condition that every word is a part of a name."""
    condition = Q()
    for word in words:
        condition &= Q(compared(StrIndex(SEARCHED_TEXT, Value(word)), ">", Value(0)))
    return condition


def identified(organization: Organization, text: str) -> list[UUID]:
    """Returns the ids of users with this SCIM id, externalId, e-mail address, phone number or employee number.

    Case is ignored. The first or last digits of a phone number are enough.
    """
    value = text.strip()
    own = User.objects.in_organization(organization)
    found = own.filter(external_id__in={value, value.lower(), value.upper()}).values_list("pk", flat=True)
    ids = list(found[:MOST_IDENTIFIED])
    ids += with_number(organization, value).values_list("pk", flat=True)[:MOST_IDENTIFIED]
    if "@" in value:
        ids += own.filter(emails__contains=[canonical_key(value)]).values_list("pk", flat=True)[:MOST_IDENTIFIED]
    if is_uuid(value):
        ids.append(UUID(value))
    return ids


def with_number(organization: Organization, text: str) -> UserQuerySet:
    """Returns the users with this phone number or employee number."""
    entries = question(organization.pk, text)
    if not entries:
        return User.objects.none()
    own = compared(F("organization"), "IS NOT DISTINCT FROM", Value(organization.pk))
    asked = Func(Value(entries), template="%(expressions)s::tsquery", output_field=TextField())
    return User.objects.filter(own, HAS_NUMBERS, compared(NUMBERS, "@@", asked))


def _known(organization: Organization, words: list[str]) -> list[tuple[int, str, str]]:
    """Returns the estimated number of users, the entries and the word for each of the longer words, rare ones first."""
    mark = str(organization.pk)[-ORGANIZATION_CHARS:]
    longer = sorted((word for word in words if len(word) >= LEAST), key=len, reverse=True)[:MOST_ASKED]
    return sorted((*_entries(mark, word), word) for word in longer)


def _together(known: list[tuple[int, str, str]]) -> list[str]:
    """Returns the entries of words that are each in many names, if few users are estimated to have all of them."""
    asked = [entries for _number, entries, _word in known]
    if len(asked) > 1 and expected_users(" & ".join(f"({entries})" for entries in asked)) <= MOST_CHECKED:
        return asked
    return []


def _entries(mark: str, word: str) -> tuple[int, str]:
    """Returns the estimated number of users with the entries of the word, and these entries.

    For a userName, an entry begins only at every second character. The others are found by the word without its first
    letter, which must be long and rare enough, because all users with that part are read.
    """
    whole = _beginning(mark + word[:PART], len(word) >= PART)
    number = expected_users(whole)
    if len(word) >= LEAST_INSIDE:
        inner = _beginning(mark + word[1 : 1 + PART], len(word) > PART)
        if (more := expected_users(inner)) <= MOST_CHECKED:
            return number + more, f"{whole} | {inner}"
    return number, whole


def _by_parts(users: UserQuerySet, organization: Organization, asked: list[str]) -> UserQuerySet:
    """Returns the users with these parts. IS NOT DISTINCT FROM prevents the use of indexes that would read all users.

    Names that are too long for the index have one entry, the mark of their organization.
    """
    own = compared(F("organization"), "IS NOT DISTINCT FROM", Value(organization.pk))
    text = f"'{str(organization.pk)[-ORGANIZATION_CHARS:]}' | ({' & '.join(f'({entries})' for entries in asked)})"
    query = Func(Value(text), template="%(expressions)s::tsquery", output_field=TextField())
    return users.filter(own, compared(PARTS_OF_NAMES, "@@", query))


def _begins(kind: str, letters: str) -> Q:
    """Returns the condition that a name begins with these letters: the name of this kind, or any name."""
    if kind == "domain":
        return _between(DOMAIN, letters)
    if kind:
        return _name_begins(kind, letters)
    names = _name_begins("given_name", letters) | _name_begins("family_name", letters)
    return _between(SHOWN_NAME_KEY, letters) | _between(F("user_name_key"), letters) | names


def _name_begins(column: str, letters: str) -> Q:
    return Q(hidden=False) & _between(sort_key(column), f"0{letters}")


def _between(key: Func | F, letters: str) -> Q:
    return Q(compared(key, ">=", Value(letters))) & Q(compared(key, "<", Value(letters + LAST)))


def _beginning(text: str, is_whole: bool) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'" if is_whole else f"'{quoted}':*"
