"""What needs attention in an application: objects that failed last and will be tried again."""

from collections.abc import Sequence
from dataclasses import dataclass

from directory.models import Application, Operation, Outcome, OutcomeStatus
from directory.portal.log_rows import result_of

MOST = 5
LOOKED_AT = 100
"""How many of the newest failures are searched for such objects."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An object, represented by its last failure, and the cause in words."""

    outcome: Outcome
    cause: str


def troubles_of(application: Application) -> Sequence[Trouble]:
    """At most MOST objects, most recent failure first."""
    failures = Outcome.objects.of_application(application).filter(status=OutcomeStatus.FAILURE)
    last: dict[object, Outcome] = {}
    for outcome in failures.newest_first()[:LOOKED_AT]:
        last.setdefault(outcome.object_id, outcome)
    waiting = Operation.objects.filter(application=application, object_id__in=list(last), attempts__gt=0)
    still = set(waiting.values_list("object_id", flat=True))
    found = [outcome for outcome in last.values() if outcome.object_id in still]
    return [Trouble(outcome, result_of(outcome)) for outcome in found[:MOST]]
