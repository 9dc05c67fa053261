"""What a kind of job implements, and the kinds there are."""

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
    """A target or row that a step left as it was. `number`: the row of the file, or the place among the targets."""

    number: int
    label: str
    reason: str
    target_id: UUID | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did.

    `cursor` is where the next one begins: JSON of the kind's own shape, None when the job is done. `done` is how many
    targets or rows the step has dealt with, problems included; `counts` is added to the job's counts by name.
    `refusals` are the reasons, in English, for which something was above the role of the person who started the job.
    """

    cursor: Any
    done: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    refusals: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Description:
    """A job in words. `unit` is what it counts; `counts` has the label of each count, in the order to show.

    `url_name` with `url_kwargs` is the page of the result, `url_label` the text of the link; "" if there is none.
    """

    title: Text
    unit: Text = ""
    counts: Mapping[str, Text] = field(default_factory=dict)
    url_name: str = ""
    url_kwargs: Mapping[str, Any] = field(default_factory=dict)
    url_label: Text = ""
    query: str = ""


class JobKind(ABC):
    """A kind of long-running work. There is one instance of each: everything about a job is in its row and its tables.

    `permission` is needed to start a job and while it runs: a job fails when the person who started it loses the
    permission. Others with the permission can also pause, resume and cancel the jobs of others.
    """

    name: ClassVar[str]
    """At most 32 characters; stored, so it never changes."""
    permission: ClassVar[Permission]
    undo_kind: ClassVar[str] = ""
    """The kind that undoes what this one changed, with the same parameters; "" if it cannot be undone."""

    def plan(self, job: Job) -> int | None:  # noqa: ARG002
        """Prepare the job, in the transaction that starts it. Returns the total, None if it is not known.

        DomainError refuses the start. Kinds that work on batches of targets need no plan: their total is known.
        """
        return None

    @abstractmethod
    def step(self, job: Job, cursor: Any, *, actor: Actor) -> Step:
        """Do the next step, in a transaction that also moves the cursor. It usually takes much less than a second.

        `cursor` is None for the first step. What cannot be done to one target is a Problem; a DomainError fails the job
        with its message; any other exception rolls the step back, and it is tried again.
        """

    @abstractmethod
    def describe(self, job: Job) -> Description:
        """The job in words, without a query."""


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
    """The kind with this name; UnknownKind if there is none."""
    return _KINDS.get(name) or UnknownKind()
