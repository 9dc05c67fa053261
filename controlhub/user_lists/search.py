"""Searches of users: by words of their names in any order, and by what identifies one user.

Every word must be a part of the given, family or display name or of the userName. The index over parts of names
(docs/decisions/0020 and 0036) finds the users; `contains_words` looks at what it found once more. That index collects
all users with a word before the first one is read. So words that many names begin with only check what others found,
and such a word alone is looked up in the index over these names.
"""

from uuid import UUID

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import StrIndex

from controlhub.models import Organization, User
from controlhub.models.expressions import DOMAIN, PARTS_OF_NAMES, SEARCHED_TEXT, SHOWN_NAME_KEY, compared, sort_key
from controlhub.models.users import UserQuerySet
from controlhub.sql.user_lists import common_words
from controlhub.text.names import canonical_key
from controlhub.user_lists.criteria import is_uuid

PART = 8
"""Characters of an entry of the index."""
LEAST = 3
"""Shorter words are in most names: they only check what other words find, or begin a name."""
LEAST_COMBINED = 4
"""Words of this length are looked up together with others."""
MOST_WORDS = 10
MOST_IDENTIFIED = 100
"""Users that one identifier finds at most."""
ORGANIZATION_CHARS = 6
LAST = chr(0x10FFFF)


def words_of(text: str) -> list[str]:
    """The words that must be found, without case; at most MOST_WORDS."""
    return text.lower().split()[:MOST_WORDS]


def found_by_index(users: UserQuerySet, organization: Organization, text: str) -> UserQuerySet:
    """The users of the organization that a search finds, so that an index finds them."""
    if ids := identified(organization, text):
        return users.in_organization(organization).filter(pk__in=ids)
    words = words_of(text)
    users = users.filter(contains_words(words))
    common = common_words(organization.pk, words)
    rare = [word for word in words if word not in common and len(word) >= LEAST]
    if rare or (len(common) > 1 and len(common) == len(words)):
        return _by_parts(users, organization, rare or words)
    longest = max(words, key=len, default="")
    return users.in_organization(organization).filter(_begins(common.get(longest, ""), longest))


def contains_words(words: list[str]) -> Q:
    """The condition that every word is a part of a name."""
    condition = Q()
    for word in words:
        condition &= Q(compared(StrIndex(SEARCHED_TEXT, Value(word)), ">", Value(0)))
    return condition


def identified(organization: Organization, text: str) -> list[UUID]:
    """The ids of users with this SCIM id, externalId or e-mail address; upper and lower case are the same."""
    value = text.strip()
    own = User.objects.in_organization(organization)
    found = own.filter(external_id__in={value, value.lower(), value.upper()}).values_list("pk", flat=True)
    ids = list(found[:MOST_IDENTIFIED])
    if "@" in value:
        ids += own.filter(emails__contains=[canonical_key(value)]).values_list("pk", flat=True)[:MOST_IDENTIFIED]
    if is_uuid(value):
        ids.append(UUID(value))
    return ids


def _by_parts(users: UserQuerySet, organization: Organization, words: list[str]) -> UserQuerySet:
    """No index over organizations can be used with IS NOT DISTINCT FROM: it would read all users."""
    own = compared(F("organization"), "IS NOT DISTINCT FROM", Value(organization.pk))
    return users.filter(own, compared(PARTS_OF_NAMES, "@@", _query(organization, words)))


def _begins(kind: str, letters: str) -> Q:
    """The condition that a name begins with these letters: the one of this kind, or any of the names of people."""
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


def _query(organization: Organization, words: list[str]) -> Func:
    """The question to the index: all longer words, or the longest one."""
    asked = [word for word in words if len(word) >= LEAST_COMBINED] or [max(words, key=len)]
    mark = str(organization.pk)[-ORGANIZATION_CHARS:]
    text = " & ".join(f"({_anywhere(mark, word)})" for word in asked)
    return Func(Value(f"'{mark}' | ({text})"), template="%(expressions)s::tsquery", output_field=TextField())


def _anywhere(mark: str, word: str) -> str:
    """Entries of every name that contains the word; of a userName, only every second character begins one."""
    starts = (0, 1) if len(word) >= LEAST_COMBINED else (0,)
    return " | ".join(_beginning(mark + word[start : start + PART], len(word) - start >= PART) for start in starts)


def _beginning(text: str, is_whole: bool) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'" if is_whole else f"'{quoted}':*"
