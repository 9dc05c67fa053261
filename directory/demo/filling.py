"""Fills a directory with the invented people and groups. Running it again changes nothing."""

from uuid import UUID

from audit.actor import Actor
from controlhub.models import Organization
from controlhub.text.names import canonical_key
from directory.actions.groups import create_group
from directory.actions.members import add_members
from directory.actions.people import create_person
from directory.demo import invented
from directory.models import Group, Person


def fill(organization: Organization, *, actor: Actor) -> tuple[int, int]:
    """Returns the numbers of people and groups that were added."""
    people = add_people(organization, actor=actor)
    groups = add_groups(organization, actor=actor)
    return people, groups


def add_people(organization: Organization, *, actor: Actor) -> int:
    """Add the invented people, managers before their teams. Returns the number of added people."""
    known, added = ids_of_people(organization), 0
    for person in invented.people():
        if canonical_key(person.upn) not in known:
            values = {"userPrincipalName": person.upn, **person.attributes}
            if person.boss:
                values["manager"] = str(known[canonical_key(person.boss)])
            known[canonical_key(person.upn)] = create_person(organization, values=values, actor=actor).pk
            added += 1
    return added


def add_groups(organization: Organization, *, actor: Actor) -> int:
    """Add the invented groups. Existing groups keep their members. Returns the number of added groups."""
    people = ids_of_people(organization)
    groups = dict(Group.objects.in_organization(organization).values_list("display_name_key", "pk"))
    added = 0
    for group in invented.groups():
        if canonical_key(group.name) in groups:
            continue
        made = create_group(organization, display_name=group.name, description=group.description, actor=actor)
        members = [people[canonical_key(upn)] for upn in group.people]
        members += [groups[canonical_key(name)] for name in group.groups]
        add_members(made, ids=members, actor=actor)
        groups[canonical_key(group.name)] = made.pk
        added += 1
    return added


def ids_of_people(organization: Organization) -> dict[str, UUID]:
    """The ids of the people by the key of their user principal name."""
    return dict(Person.objects.in_organization(organization).current().values_list("upn_key", "pk"))
