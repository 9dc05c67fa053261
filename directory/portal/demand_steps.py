"""Provisioning on demand in Entra's five steps, each with a sentence."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from controlhub.models import Organization
from directory.engine.demand import DemandRun, OnDemand
from directory.models import OutcomeStatus
from directory.portal.log_rows import ShownChange, ShownStep, changes_shown, steps_shown
from directory.portal.log_texts import Explanation, explanation_of
from directory.provisioning.plan import Kind

CONNECT = _lazy("Test connection")
BEFORE = (
    ("import", _lazy("Import user"), _lazy("Import group")),
    ("scope", _lazy("Determine if user is in scope"), _lazy("Determine if group is in scope")),
    (
        "match",
        _lazy("Match user between source and target system"),
        _lazy("Match group between source and target system"),
    ),
)
PERFORM = _lazy("Perform action")
PERFORMING = ("evaluate", "provision")
"""Steps of the log that Entra shows as one step."""
MOST_CHANGES = 50


@dataclass(frozen=True, slots=True)
class ShownObject:
    """One object of a run, as the page shows it."""

    done: OnDemand
    steps: list[ShownStep]
    explanation: Explanation
    changes: list[ShownChange]

    @property
    def is_person(self) -> bool:
        return self.done.kind is Kind.PERSON


def objects_shown(organization: Organization, run: DemandRun) -> list[ShownObject]:
    """The objects of a run whose connection was tested."""
    tested = ShownStep(CONNECT, OutcomeStatus.SUCCESS, OutcomeStatus.SUCCESS.label, _("The application responded."))
    shown = []
    for done in run.objects:
        changes = changes_shown(organization, done.outcome)[:MOST_CHANGES] if done.outcome else []
        shown.append(ShownObject(done, [tested, *_steps(done)], explanation_of(done.code), changes))
    return shown


def _steps(done: OnDemand) -> list[ShownStep]:
    noted = dict(zip([step["step"] for step in done.steps], steps_shown(done.steps), strict=True))
    is_person = done.kind is Kind.PERSON
    steps = [_step(person if is_person else group, noted.get(name)) for name, person, group in BEFORE]
    performed = [noted[name] for name in PERFORMING if name in noted]
    if not performed:
        return [*steps, _step(PERFORM, None)]
    text = " ".join(_sentence(each.text) for each in performed)
    return [*steps, ShownStep(PERFORM, performed[-1].status, performed[-1].status_label, text)]


def _step(label: Any, noted: ShownStep | None) -> ShownStep:
    if noted is None:
        return ShownStep(label, OutcomeStatus.SKIPPED, _("Not reached"), "")
    return ShownStep(label, noted.status, noted.status_label, noted.text)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
