"""The lists of people: which people a query string selects, their number, and the selection for a bulk action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count as CountOf
from django.db.models import QuerySet

from controlhub.models import Organization
from controlhub.user_lists import Count, Selection, TooManySelectedError
from controlhub.user_lists.counts import MOST_COUNTED
from controlhub.user_lists.selection import MOST_SELECTED
from directory.models import Membership, Person
from directory.models.people import PersonQuerySet
from directory.portal.forms.people_filters import PeopleFilter
from directory.portal.searches import find_people

MOST_FOUND = 1_000
"""The maximum number of people that a search shows."""


@dataclass(frozen=True, slots=True)
class Found:
    """The people that a list has, and whether a search found more than it shows."""

    people: PersonQuerySet
    is_cut: bool = False


def people_matching(organization: Organization, query: Mapping[str, str], *, is_deleted: bool) -> PersonQuerySet:
    """The people of a list that match the filters `q` and `enabled`; nobody if a filter is not valid."""
    form = PeopleFilter(query)
    if not form.is_valid():
        return Person.objects.none()
    people = Person.objects.deleted() if is_deleted else Person.objects.current()
    if enabled := form.cleaned_data["enabled"]:
        people = people.filter(account_enabled=enabled == "yes")
    if text := form.cleaned_data["q"].strip():
        return find_people(people, organization, text)
    return people.in_organization(organization)


def find_listed(organization: Organization, query: Mapping[str, str], *, is_deleted: bool) -> Found:
    """The people of a list. The results of a search are looked up first, because they may be in another order."""
    people = people_matching(organization, query, is_deleted=is_deleted)
    if not query.get("q", "").strip():
        return Found(people)
    ids = list(people.values_list("pk", flat=True)[: MOST_FOUND + 1])
    return Found(Person.objects.in_organization(organization).filter(pk__in=ids[:MOST_FOUND]), len(ids) > MOST_FOUND)


def select_people(organization: Organization, ids: Sequence[UUID], *, is_deleted: bool) -> Selection:
    """The people of this list among these ids."""
    people = Person.objects.deleted() if is_deleted else Person.objects.current()
    return _selection(people.in_organization(organization).filter(pk__in=list(ids)[:MOST_SELECTED]))


def select_matching(organization: Organization, query: Mapping[str, str], *, is_deleted: bool) -> Selection:
    """Everybody who matches; raises TooManySelectedError."""
    return _selection(people_matching(organization, query, is_deleted=is_deleted))


def count_of(people: QuerySet[Person]) -> Count:
    """The number of people, counted up to MOST_COUNTED."""
    return Count.up_to(MOST_COUNTED, people.order_by().values("pk")[: MOST_COUNTED + 1].count())


def tab_counts(organization: Organization) -> dict[str, Count]:
    """The number of people on each tab."""
    own = Person.objects.in_organization(organization)
    return {"all": count_of(own.current()), "deleted": count_of(own.deleted())}


def group_counts(people: Sequence[Person]) -> dict[UUID, int]:
    """The number of groups of each person, in one statement."""
    rows = Membership.objects.filter(person__in=people).values_list("person").annotate(number=CountOf("pk"))
    return dict(rows)


def _selection(people: QuerySet[Person]) -> Selection:
    ids = list(people.values_list("pk", flat=True)[: MOST_SELECTED + 1])
    if len(ids) > MOST_SELECTED:
        raise TooManySelectedError
    return Selection(sorted(ids))
