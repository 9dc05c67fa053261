"""Reads the directory's objects for a batch, in a few queries for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from controlhub.sql.provisioning import ENTITLED_PEOPLE, LINKS_OF, MEMBERS, PLANNED_MEMBERS
from controlhub.sql.statements import fetch_rows
from directory.engine.rules import Configuration
from directory.models import Assignment, Group, Operation, Person, ProvisioningScope
from directory.provisioning.plan import Kind, Linked, Local
from directory.provisioning.values import Source, text_of

Members = tuple[tuple[UUID, str], ...]
"""Pairs of a person's id and the id of the user in the application."""


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """The member changes that a group still needs. `everybody` is set if the whole list is sent."""

    added: Members = ()
    removed: Members = ()
    everybody: Members = ()
    is_partial: bool = False
    """Whether there are more changes than one request takes."""

    @property
    def is_empty(self) -> bool:
        return not self.added and not self.removed


@dataclass(frozen=True, slots=True)
class Job:
    """One object, with everything that is needed to talk to the application about it."""

    local: Local
    link: Linked | None = None
    link_id: UUID | None = None
    members: MemberChanges = field(default_factory=MemberChanges)
    operation_id: int = 0
    attempts: int = 0
    is_late: bool = False
    is_begun: bool = False


def jobs_of(
    configuration: Configuration,
    operations: Sequence[Operation],
    *,
    keeps_members: bool = False,
    dry_run: UUID | None = None,
) -> list[Job]:
    """The jobs of operations of one kind, in their order. With `keeps_members`, no group loses a member.

    `dry_run` is a job whose plans for people count as done.
    """
    if not operations:
        return []
    kind = Kind(operations[0].kind)
    locals_ = read_locals(configuration, kind, [operation.object_id for operation in operations])
    links = links_of(configuration, kind, list(locals_))
    jobs = [_job(configuration, operation, locals_, links, dry_run) for operation in operations]
    return [replace(job, members=_without_removals(job.members)) for job in jobs] if keeps_members else jobs


def _job(
    configuration: Configuration,
    operation: Operation,
    locals_: Mapping[UUID, Local],
    links: Mapping[UUID, tuple[UUID, Linked]],
    dry_run: UUID | None,
) -> Job:
    local = locals_[operation.object_id]
    link_id, link = links.get(operation.object_id, (None, None))
    is_group = local.kind is Kind.GROUP and local.is_wanted
    return Job(
        local,
        link,
        link_id,
        member_changes(configuration, operation.object_id, link_id, dry_run) if is_group else MemberChanges(),
        operation.pk or 0,
        operation.attempts,
        operation.is_late,
        operation.is_begun,
    )


def _without_removals(members: MemberChanges) -> MemberChanges:
    """The changes without removals. Where the whole list is sent, it would remove members, too."""
    if members.everybody or (members.removed and not members.added):
        return MemberChanges() if members.removed else members
    return replace(members, removed=())


def links_of(configuration: Configuration, kind: Kind, ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, Linked]]:
    """The id of the link and the link, for each of these objects that is linked."""
    params = {"application": configuration.application.pk, "kind": kind.value, "ids": list(ids)}
    return {local_id: (pk, Linked(*link)) for local_id, pk, *link in fetch_rows(LINKS_OF, params, plans_anew=True)}


def read_locals(configuration: Configuration, kind: Kind, ids: Sequence[UUID]) -> dict[UUID, Local]:
    """The current state of each object, even of objects that no longer exist."""
    read = _read_people if kind is Kind.PERSON else _read_groups
    found = read(configuration, ids)
    return {pk: found.get(pk) or Local(kind, str(pk), exists=False) for pk in ids}


def references_of(configuration: Configuration, jobs: Sequence[Job], *, foresees: bool = False) -> dict[str, str]:
    """The ids in the application of the managers of these people.

    With `foresees`, these include managers who will be created, by their ids in the directory.
    """
    wanted = {text for job in jobs if (text := text_of(job.local.source.get("manager")))}
    if not wanted:
        return {}
    links = links_of(configuration, Kind.PERSON, [UUID(pk) for pk in wanted])
    known = {str(local_id): link.remote_id for local_id, (_, link) in links.items()}
    missing = [UUID(pk) for pk in wanted - known.keys()]
    if not (foresees and missing and configuration.application.creates):
        return known
    locals_ = read_locals(configuration, Kind.PERSON, missing).values()
    return known | {local.id: local.id for local in locals_ if local.is_wanted and not local.is_blocked}


def _read_people(configuration: Configuration, ids: Sequence[UUID]) -> dict[UUID, Local]:
    application = configuration.application
    entitled = entitled_people(configuration, ids)
    people = Person.objects.filter(organization=application.organization_id, pk__in=ids)
    return {person.pk: _person(configuration, person, is_entitled=person.pk in entitled) for person in people}


def _person(configuration: Configuration, person: Person, *, is_entitled: bool) -> Local:
    source = source_of(person)
    decision = configuration.filters[Kind.PERSON].matches(source)
    return Local(
        Kind.PERSON,
        str(person.pk),
        str(person),
        source,
        is_deleted=person.deleted_at is not None,
        is_blocked=not person.account_enabled,
        is_entitled=is_entitled and configuration.provisions(Kind.PERSON),
        is_in_scope=decision.is_in_scope,
        scope="" if decision.is_in_scope else str(decision.message),
    )


def source_of(person: Person) -> Source:
    """The attributes of a person by Entra's names (`directory.provisioning.attributes`)."""
    return {
        **person.attributes,
        "objectId": str(person.pk),
        "userPrincipalName": person.user_principal_name,
        "displayName": person.display_name,
        "givenName": person.given_name,
        "surname": person.surname,
        "accountEnabled": person.account_enabled,
        "manager": str(person.manager_id) if person.manager_id else None,
        "createdDateTime": person.created_at.isoformat(),
    }


def _read_groups(configuration: Configuration, ids: Sequence[UUID]) -> dict[UUID, Local]:
    application = configuration.application
    assigned = set(ids)
    if application.scope == ProvisioningScope.ASSIGNED:
        rows = Assignment.objects.filter(application=application, group__in=ids)
        assigned = set(rows.values_list("group_id", flat=True))
    groups = Group.objects.filter(organization=application.organization_id, pk__in=ids)
    return {group.pk: _group(configuration, group, is_entitled=group.pk in assigned) for group in groups}


def _group(configuration: Configuration, group: Group, *, is_entitled: bool) -> Local:
    source: Source = {
        "objectId": str(group.pk),
        "displayName": group.display_name,
        "description": group.description or None,
    }
    decision = configuration.filters[Kind.GROUP].matches(source)
    return Local(
        Kind.GROUP,
        str(group.pk),
        group.display_name,
        source,
        is_entitled=is_entitled and configuration.provisions(Kind.GROUP),
        is_in_scope=decision.is_in_scope,
        scope="" if decision.is_in_scope else str(decision.message),
    )


def entitled_people(configuration: Configuration, ids: Sequence[UUID]) -> set[UUID]:
    """Those of these people who are to be provisioned because of their assignments."""
    application = configuration.application
    if application.scope == ProvisioningScope.ALL:
        return set(ids)
    params = {"application": application.pk, "ids": list(ids), "nested": application.includes_nested}
    return {pk for (pk,) in fetch_rows(ENTITLED_PEOPLE, params, plans_anew=True)}


def member_changes(
    configuration: Configuration, group_id: UUID, link_id: UUID | None, dry_run: UUID | None = None
) -> MemberChanges:
    """The member changes that the group in the application needs, for people who are active users there."""
    application, habits = configuration.application, configuration.habits
    if not any(str(mapping.path) == "members" for mapping in configuration.mappings[Kind.GROUP]):
        return MemberChanges()
    most, queries = habits.members_per_request, PLANNED_MEMBERS if dry_run else MEMBERS
    params = {
        "application": application.pk,
        "group": group_id,
        "link": link_id,
        "nested": application.includes_nested,
        "job": dry_run,
        "most": None if habits.replaces_members else most + 1,
    }
    added = tuple(fetch_rows(queries.to_add, params, plans_anew=True))
    removed = tuple(fetch_rows(queries.to_remove, params, plans_anew=True)) if link_id else ()
    if habits.replaces_members:
        everybody = tuple(fetch_rows(queries.everybody, params, plans_anew=True)) if added or removed else ()
        return MemberChanges(added, removed, everybody)
    is_partial = len(added) > most or len(removed) > most
    return MemberChanges(added[:most], removed[:most], is_partial=is_partial)
