"""The people and groups that are assigned to an application."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.errors import UnknownMemberError
from directory.actions.applications import audit_target
from directory.models import Application, Assignment, Group, Person

MOST_AT_ONCE = 200


@transaction.atomic
def assign(application: Application, *, people: Sequence[UUID], groups: Sequence[UUID], actor: Actor) -> int:
    """Assign people and groups. Returns the number of new assignments; existing ones are kept.

    Raises UnknownMemberError for an id that is not in the directory of the application's organization.
    """
    locked = Application.objects.select_for_update(no_key=True).select_related("organization").get(pk=application.pk)
    if len(people) + len(groups) > MOST_AT_ONCE:
        text = _("Select at most {number} users and groups at a time, or assign a group.")
        raise UnknownMemberError(text.format(number=MOST_AT_ONCE))
    organization = locked.organization
    found = Person.objects.in_organization(organization).current().filter(pk__in=people)
    ids = set(found.select_for_update(no_key=True).values_list("pk", flat=True))
    group_rows = Group.objects.in_organization(organization).filter(pk__in=groups)
    group_ids = set(group_rows.select_for_update(no_key=True).values_list("pk", flat=True))
    if ids != set(people) or group_ids != set(groups):
        raise UnknownMemberError(_("A selected user or group is no longer in the directory. Search again."))
    has = Assignment.objects.filter(application=locked)
    ids -= set(has.filter(person__in=ids).values_list("person_id", flat=True))
    group_ids -= set(has.filter(group__in=group_ids).values_list("group_id", flat=True))
    _add(locked, ids, AuditAction.USER_ASSIGNED, "person_id", actor)
    _add(locked, group_ids, AuditAction.GROUP_ASSIGNED, "group_id", actor)
    return len(ids) + len(group_ids)


@transaction.atomic
def unassign(assignment: Assignment, *, actor: Actor) -> None:
    """Remove an assignment. The next cycle disables users who are no longer in scope."""
    found = Assignment.objects.select_for_update().filter(pk=assignment.pk).first()
    if found is None:
        return
    application = Application.objects.get(pk=found.application_id)
    action = AuditAction.USER_UNASSIGNED if found.person_id else AuditAction.GROUP_UNASSIGNED
    _record(action, application, found.person_id or found.group_id, actor)
    found.delete()


def _add(application: Application, ids: Iterable[UUID], action: AuditAction, column: str, actor: Actor) -> None:
    for pk in sorted(ids):
        Assignment.objects.create(application=application, **{column: pk})
        _record(action, application, pk, actor)


def _record(action: AuditAction, application: Application, principal: UUID | None, actor: Actor) -> None:
    """Records only the id: a person's name is personal data, and the event is about the application."""
    content = EventContent(details={"principal": str(principal)})
    record(action, target=audit_target(application), content=content, actor=actor)
