"""Custom attributes of an organization: those that anybody in its directory has."""

from collections.abc import Iterable

from controlhub.models import Organization
from directory.models import Person
from directory.provisioning.attributes import named

MOST_LOOKED_FOR = 20


def custom_attributes(organization: Organization, names: Iterable[str]) -> set[str]:
    """The names that are not Entra's, but that a person in the directory has."""
    unknown = [name for name in dict.fromkeys(names) if named(name) is None][:MOST_LOOKED_FOR]
    people = Person.objects.in_organization(organization)
    return {name for name in unknown if people.filter(attributes__has_key=name).exists()}
