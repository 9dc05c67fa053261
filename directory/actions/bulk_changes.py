"""Jobs that enable or disable many people or change their membership in a group, and list those who were skipped."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.actor import Actor
from controlhub.actions.jobs import Problem, register
from controlhub.actions.jobs.control import BATCH
from controlhub.errors import DomainError, PersonStateError
from controlhub.models import JobBatch, Organization
from directory.actions.bulk import PeopleKind, PersonKind
from directory.actions.members import add_members, remove_members
from directory.actions.people import update_person
from directory.models import Group, Membership, Person


@register
class EnablePeople(PersonKind):
    name = "directory-enable"
    undo_kind = "directory-disable"
    title = _lazy("Enable directory accounts")
    done = _lazy("Enabled")
    of_deleted = False

    def act(self, person: Person, actor: Actor) -> None:
        _switch(person, is_enabled=True, actor=actor)


@register
class DisablePeople(PersonKind):
    name = "directory-disable"
    undo_kind = "directory-enable"
    title = _lazy("Disable directory accounts")
    done = _lazy("Disabled")
    of_deleted = False

    def act(self, person: Person, actor: Actor) -> None:
        _switch(person, is_enabled=False, actor=actor)


class GroupKind(PeopleKind):
    """Adds the people of a batch to the group in the parameters, or removes them, in one event; skips the others."""

    of_deleted = False
    joins: bool

    def change(self, organization: Organization, batch: JobBatch, actor: Actor) -> tuple[list[UUID], list[Problem]]:
        group = Group.objects.in_organization(organization).filter(pk=batch.job.parameters["group"]).first()
        if group is None:
            raise DomainError(str(_("The group no longer exists.")))
        people = Person.objects.in_organization(organization).current().in_bulk(batch.targets)
        rows = Membership.objects.filter(group=group, person__in=people)
        members = {pk for pk in rows.values_list("person_id", flat=True) if pk is not None}
        ids = [pk for pk in batch.targets if pk in people and (pk in members) is not self.joins]
        act = add_members if self.joins else remove_members
        act(group, ids=ids, actor=actor)
        left = _("Is a member already") if self.joins else _("Is not a member")
        problems = [
            Problem(number, str(people.get(pk, pk)), left if pk in people else _("Deleted in the meantime"), pk)
            for number, pk in enumerate(batch.targets, start=batch.number * BATCH + 1)
            if pk not in ids
        ]
        return ids, problems


@register
class JoinGroup(GroupKind):
    name = "directory-join-group"
    undo_kind = "directory-leave-group"
    title = _lazy("Add directory users to a group")
    done = _lazy("Added")
    joins = True


@register
class LeaveGroup(GroupKind):
    name = "directory-leave-group"
    undo_kind = "directory-join-group"
    title = _lazy("Remove directory users from a group")
    done = _lazy("Removed")
    joins = False


def _switch(person: Person, *, is_enabled: bool, actor: Actor) -> None:
    if person.account_enabled is is_enabled:
        text = _("The account is enabled already.") if is_enabled else _("The account is disabled already.")
        raise PersonStateError(text)
    update_person(person, values={"accountEnabled": is_enabled}, actor=actor)
