"""Jobs that delete, restore or permanently delete many people, and list those who were skipped, and why."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.actor import Actor
from controlhub.actions.bulk.starting import AT_ONCE
from controlhub.actions.jobs import Description, JobKind, Problem, Step, register, start_job
from controlhub.actions.jobs.control import BATCH
from controlhub.actions.jobs.running import run_job_at_once
from controlhub.errors import DomainError
from controlhub.models import Job, JobBatch, Organization, Permission
from directory.actions.people import delete_person, purge_person, restore_person
from directory.models import Person

CHANGED = "changed"


class PeopleKind(JobKind):
    """Performs the same action on all people who are targets of the job.

    With `of_deleted`, they are people in *Deleted users*. The parameter `query` is the query string of the list.
    """

    permission = Permission.MANAGE_DIRECTORY
    title: ClassVar[str | Promise]
    done: ClassVar[str | Promise]
    of_deleted: ClassVar[bool] = True

    @abstractmethod
    def change(self, organization: Organization, batch: JobBatch, actor: Actor) -> tuple[list[UUID], list[Problem]]:
        """Change the people of a batch. Returns the ids of those who were changed, and the problems of the others."""

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        batch = job.batches.filter(number=cursor or 0).first()
        if batch is None:
            return Step(None)
        changed, problems = self.change(job.organization, batch, actor)
        JobBatch.objects.filter(pk=batch.pk).update(changed=changed)
        is_last = not job.batches.filter(number__gt=batch.number).exists()
        counts = {CHANGED: len(changed)}
        return Step(None if is_last else batch.number + 1, len(batch.targets), counts, problems)

    def describe(self, job: Job) -> Description:
        return Description(
            self.title,
            unit=_lazy("users"),
            counts={CHANGED: self.done},
            url_name="directory-deleted-list" if self.of_deleted else "directory-user-list",
            url_label=_lazy("Back to the list of users"),
            query=QueryDict(str(job.parameters.get("query", ""))).urlencode(),
        )


class PersonKind(PeopleKind):
    """Changes people one by one. Each change records its own event."""

    @abstractmethod
    def act(self, person: Person, actor: Actor) -> None:
        """Change one person. If this raises DomainError, the person is skipped, with the reason."""

    def change(self, organization: Organization, batch: JobBatch, actor: Actor) -> tuple[list[UUID], list[Problem]]:
        own = Person.objects.in_organization(organization).select_related("organization")
        people, changed, problems = own.in_bulk(batch.targets), list[UUID](), list[Problem]()
        for number, target in enumerate(batch.targets, start=batch.number * BATCH + 1):
            person = people.get(target)
            if person is None:
                problems.append(Problem(number, str(target), _("Permanently deleted in the meantime"), target))
                continue
            try:
                with transaction.atomic():
                    self.act(person, actor)
            except DomainError as error:
                problems.append(Problem(number, str(person), error.message, target))
            else:
                changed.append(target)
        return changed, problems


@register
class DeletePeople(PersonKind):
    name = "directory-delete"
    undo_kind = "directory-restore"
    title = _lazy("Delete directory users")
    done = _lazy("Deleted")
    of_deleted = False

    def act(self, person: Person, actor: Actor) -> None:
        delete_person(person, actor=actor)


@register
class RestorePeople(PersonKind):
    name = "directory-restore"
    undo_kind = "directory-delete"
    title = _lazy("Restore directory users")
    done = _lazy("Restored")

    def act(self, person: Person, actor: Actor) -> None:
        restore_person(person, actor=actor)


@register
class PurgePeople(PersonKind):
    name = "directory-purge"
    title = _lazy("Permanently delete directory users")
    done = _lazy("Permanently deleted")

    def act(self, person: Person, actor: Actor) -> None:
        purge_person(person, actor=actor)


def start_for_people(
    organization: Organization,
    *,
    kind: PeopleKind,
    query: str,
    ids: Sequence[UUID],
    parameters: Mapping[str, Any] | None = None,
    actor: Actor,
) -> Job:
    """Start the job for exactly these people; up to AT_ONCE people are processed now. Raises InvalidSettingError."""
    asked = {"query": query, **(parameters or {})}
    job = start_job(organization, kind=kind, parameters=asked, targets=ids, actor=actor)
    if len(ids) <= AT_ONCE:
        run_job_at_once(job, steps=AT_ONCE // BATCH)
    return job
