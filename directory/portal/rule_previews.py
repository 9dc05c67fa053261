"""The people that a rule would select, before it is saved."""

from dataclasses import dataclass

from controlhub.models import Organization
from directory.models import Person
from directory.provisioning.scope import ScopingFilter

MOST_LOOKED_AT = 20_000
"""The maximum number of people that are evaluated, so that a page does not take too long."""
NAMED = 10


@dataclass(frozen=True, slots=True)
class RulePreview:
    """`looked_at` people were evaluated; without `is_whole`, there are more. `people` are the first of `number`."""

    number: int
    people: list[Person]
    looked_at: int
    is_whole: bool


def preview_rule(organization: Organization, rule: ScopingFilter) -> RulePreview:
    """The people that the rule selects, in the order of their names."""
    people = Person.objects.in_organization(organization).current().order_by("name_key", "pk")
    number, named, looked_at = 0, list[Person](), 0
    for person in people[: MOST_LOOKED_AT + 1].iterator(chunk_size=2_000):
        if looked_at == MOST_LOOKED_AT:
            return RulePreview(number, named, looked_at, is_whole=False)
        looked_at += 1
        if rule.matches(person.source).is_in_scope:
            number += 1
            if number <= NAMED:
                named.append(person)
    return RulePreview(number, named, looked_at, is_whole=True)
