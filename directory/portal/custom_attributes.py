"""Attributes of an organization's own: those that somebody in its directory has."""

from collections.abc import Iterable

from controlhub.models import Organization
from directory.models import Person
from directory.provisioning.attributes import named

MOST_LOOKED_FOR = 20


def custom_attributes(organization: Organization, names: Iterable[str]) -> set[str]:
    """Those of the names that are not Entra's, but that a person has."""
    unknown = [name for name in dict.fromkeys(names) if named(name) is None][:MOST_LOOKED_FOR]
    people = Person.objects.in_organization(organization)
    return {name for name in unknown if people.filter(attributes__has_key=name).exists()}
