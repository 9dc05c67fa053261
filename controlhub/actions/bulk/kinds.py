"""Bulk actions as jobs: each step changes the users of one batch, and reports which users it left unchanged and why."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from audit.actor import Actor
from controlhub.actions.bulk.rules import LABELS, ROLE_ABOVE, Rule, find_exceptions
from controlhub.actions.jobs import Description, JobKind, Problem, Step
from controlhub.actions.jobs.control import BATCH
from controlhub.actions.refusals import RefusedRoleError
from controlhub.errors import DomainError
from controlhub.models import Job, JobBatch, Organization, User
from controlhub.text.languages import in_english


@dataclass(frozen=True, slots=True)
class Change:
    """The current job and its actor."""

    job: Job
    actor: Actor


@dataclass(slots=True)
class Outcome:
    """The result of a step. `changed` contains the users that an undo changes back."""

    changed: list[UUID] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    refusals: set[str] = field(default_factory=set)

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1


class BulkKind(JobKind):
    """One action for many users, who are the targets of the job.

    The users of a batch are locked together. A user that no longer satisfies `rule`, or that the action refuses,
    becomes a problem of the job. Each change records its own event, whose details name the job.
    """

    rule: ClassVar[Rule]
    title: ClassVar[str | Promise]
    done: ClassVar[str | Promise]
    """The label of the number of changed users."""

    def require_allowed(self, organization: Organization, parameters: Mapping[str, Any], *, actor: Actor) -> None:
        """DomainError if the job may not be started with these parameters."""

    @abstractmethod
    def act(self, user: User, change: Change) -> str:
        """Change one locked user. Returns CHANGED, NOT_UNDOABLE if an undo cannot change it back, or UNCHANGED."""

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        batch = job.batches.filter(number=cursor or 0).first()
        if batch is None:
            return Step(None)
        outcome = self._change(batch, Change(job, actor))
        JobBatch.objects.filter(pk=batch.pk).update(changed=outcome.changed)
        is_last = not job.batches.filter(number__gt=batch.number).exists()
        following = None if is_last else batch.number + 1
        return Step(following, len(batch.targets), outcome.counts, outcome.problems, outcome.refusals)

    def describe(self, job: Job) -> Description:
        counts: dict[str, str | Promise] = {CHANGED if self.undo_kind else NOT_UNDOABLE: self.done}
        others = {UNCHANGED: _lazy("No change needed"), NOT_UNDOABLE: _lazy("Done (undo does not change them)")}
        counts |= {name: text for name, text in others.items() if job.counts.get(name) and name not in counts}
        query = QueryDict(str(job.parameters.get("query", "")))
        return Description(
            self.title,
            unit=_lazy("users"),
            counts=counts,
            url_name="user-deleted-list" if query.get("tab") else "user-list",
            url_label=_lazy("Back to the list of users"),
            query=query.urlencode(),
        )

    def _change(self, batch: JobBatch, change: Change) -> Outcome:
        organization = change.job.organization
        own = User.objects.in_organization(organization).filter(pk__in=batch.targets)
        users = {user.pk: user for user in own.locked().select_related("organization").order_by("pk")}
        exceptions = find_exceptions(organization, self.rule, batch.targets, actor=change.actor)
        outcome = Outcome()
        for number, target in enumerate(batch.targets, start=batch.number * BATCH + 1):
            user = users.get(target)
            if user is None:
                outcome.problems.append(Problem(number, str(target), _("Permanently deleted in the meantime"), target))
            elif target in exceptions:
                reason = LABELS[exceptions[target]]
                outcome.problems.append(_problem(number, user, str(reason)))
                if exceptions[target] == ROLE_ABOVE:
                    outcome.refusals.add(in_english(reason))
            else:
                self._change_one(user, number, outcome, change)
        return outcome

    def _change_one(self, user: User, number: int, outcome: Outcome, change: Change) -> None:
        try:
            with transaction.atomic():
                result = self.act(user, change)
        except DomainError as error:
            outcome.problems.append(_problem(number, user, error.message))
            if isinstance(error, RefusedRoleError):
                outcome.refusals.add(error.reason)
            return
        outcome.count(result)
        if result == CHANGED:
            outcome.changed.append(user.pk)


CHANGED, NOT_UNDOABLE, UNCHANGED = "changed", "kept", "unchanged"
"""Results of `BulkKind.act`. They are stored as the names of a bulk job's counts, so they must not change."""


def _problem(number: int, user: User, reason: str) -> Problem:
    return Problem(number, user.display_label, reason, user.pk)
