"""What a kind of job implements, and the registered kinds."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from audit.actor import Actor
from controlhub.errors import DomainError
from controlhub.models import Job, Permission

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Problem:
    """A target or row that a step did not change. `number` is the row in the file or the position of the target."""

    number: int
    label: str
    reason: str
    target_id: UUID | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """The result of a step.

    `cursor` is where the next step begins: JSON in the kind's own format, None when the job is done. `done` is the
    number of targets or rows that the step has processed, including problems. `counts` is added to the job's counts by
    name. `refusals` are the reasons, in English, why something was above the role of the person who started the job.
    """

    cursor: Any
    done: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    refusals: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Description:
    """A job in words. `unit` is what it counts. `counts` has the label of each count, in display order.

    `url_name` with `url_kwargs` is the page of the result and `url_label` the text of the link, "" if there is none.
    """

    title: Text
    unit: Text = ""
    counts: Mapping[str, Text] = field(default_factory=dict)
    url_name: str = ""
    url_kwargs: Mapping[str, Any] = field(default_factory=dict)
    url_label: Text = ""
    query: str = ""


class JobKind(ABC):
    """A kind of long-running work. It has one instance, without state: everything about a job is in its row and tables.

    `permission` is needed to start a job and while it runs: a job fails if the person who started it loses the
    permission. Others with the permission can also pause, resume and cancel that person's jobs.
    """

    name: ClassVar[str]
    """At most 32 characters. It is stored, so it must not change."""
    permission: ClassVar[Permission]
    undo_kind: ClassVar[str] = ""
    """The kind that undoes the changes of this one, with the same parameters; "" if they cannot be undone."""

    def plan(self, job: Job) -> int | None:  # noqa: ARG002
        """Prepare the job, in the transaction that starts it. Returns the total, or None if it is not known.

        A DomainError refuses the start. Kinds that work on batches of targets need no plan, because their total is
        known.
        """
        return None

    @abstractmethod
    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        """Do the next step, in a transaction that also moves the cursor. It usually takes much less than a second.

        `cursor` is None for the first step. Return a Problem for a target that cannot be changed. A DomainError fails
        the job with its message. Any other exception rolls the step back, and the step is tried again.
        """

    @abstractmethod
    def describe(self, job: Job) -> Description:
        """Describe the job in words, without a query."""


class UnknownKind(JobKind):
    """A placeholder for kinds that this release does not know."""

    name = "unknown"
    permission = Permission.MANAGE_ORGANIZATION

    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:  # noqa: ARG002
        raise DomainError(_("This release cannot run jobs of the kind {kind}.").format(kind=job.kind))

    def describe(self, job: Job) -> Description:
        return Description(_("Unknown kind of job ({kind})").format(kind=job.kind))


K = TypeVar("K", bound=type[JobKind])
_KINDS: dict[str, JobKind] = {}


def register(kind: K) -> K:
    """Class decorator that registers a kind of job."""
    _KINDS[kind.name] = kind()
    return kind


def find_kind(name: str) -> JobKind:
    """Returns the kind with this name, or UnknownKind."""
    return _KINDS.get(name) or UnknownKind()
