"""A row of the provisioning log in words: its steps, and the properties it has changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from controlhub.models import Organization
from directory.engine.dry_runs import LABELS
from directory.models import Outcome, OutcomeStatus, Person
from directory.portal.log_texts import explanation_of
from directory.provisioning.plan import Action

MEMBERS = "members"
MOST_NAMES = 100
MOST_ATTRIBUTES = 3
"""The maximum number of attributes that a row of the list names."""
STEPS = {
    "import": _lazy("Import"),
    "match": _lazy("Match"),
    "scope": _lazy("Scope"),
    "evaluate": _lazy("Evaluate"),
    "provision": _lazy("Provision"),
}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of Entra's, with a sentence about it."""

    label: Any
    status: str
    status_label: Any
    text: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A property for the component of changes, as strings; None if it is not set."""

    attribute: str
    old: str | None
    new: str | None
    op: str = ""


def result_of(outcome: Outcome) -> str:
    """The result for the object in a few words: the cause, or the attributes that were changed."""
    if outcome.code:
        return str(explanation_of(outcome.code).cause)
    names = [str(row["name"]) for row in outcome.modified]
    more = len(names) - MOST_ATTRIBUTES
    if more > 0:
        text = ngettext("{names} and {n} more", "{names} and {n} more", more)
        return text.format(names=", ".join(names[:MOST_ATTRIBUTES]), n=more)
    return ", ".join(names)


def steps_shown(steps: Sequence[Mapping[str, Any]]) -> list[ShownStep]:
    """The steps that the engine has recorded, as the page shows them."""
    return [_step(each) for each in steps]


def changes_shown(organization: Organization, outcome: Outcome) -> list[ShownChange]:
    """The changed properties, with the names of members."""
    shown = []
    for row in outcome.modified:
        if row["name"] != MEMBERS:
            shown.append(ShownChange(row["name"], _text(row["old"]), _text(row["new"])))
            continue
        old, new = (_names(organization, row[side] or []) for side in ("old", "new"))
        shown.append(ShownChange(MEMBERS, old, new))
    return shown


def _step(step: Mapping[str, Any]) -> ShownStep:
    name, details = step["step"], step["details"]
    text = _SENTENCES[name](details, step["status"])
    status = OutcomeStatus(step["status"])
    return ShownStep(STEPS[name], status.value, status.label, text)


def _import(details: Mapping[str, Any], status: str) -> str:
    del status
    return _("Read from the directory.") if details.get("exists") else _("It no longer exists in the directory.")


def _scope(details: Mapping[str, Any], status: str) -> str:
    del status
    if not details.get("entitled"):
        return _("It is not assigned to the application.")
    if details.get("in_scope"):
        return _("It is assigned and in scope.")
    return _("The scoping filter excludes it: {name}").format(name=details.get("scope") or "?")


def _match(details: Mapping[str, Any], status: str) -> str:
    del status
    if details.get("linked"):
        return _("It is linked to an object of the application.")
    number = int(details.get("found") or 0)
    if not number:
        return _("The application has no such object.")
    text = ngettext("{n} object of the application matches.", "{n} objects of the application match.", number)
    return text.format(n=number)


def _evaluate(details: Mapping[str, Any], status: str) -> str:
    del status
    label = LABELS.get(Action(details["action"]), _lazy("No change"))
    number = int(details.get("changes") or 0)
    text = ngettext("{action}, {n} changed attribute", "{action}, {n} changed attributes", number)
    return text.format(action=label, n=number) if number else str(label)


def _provision(details: Mapping[str, Any], status: str) -> str:
    del details
    if status == OutcomeStatus.SKIPPED:
        return _("Nothing had to be sent.")
    if status == OutcomeStatus.FAILURE:
        return _("The application did not carry out the request.")
    return _("The application carried out the request.")


_SENTENCES = {
    "import": _import,
    "scope": _scope,
    "match": _match,
    "evaluate": _evaluate,
    "provision": _provision,
}


def _names(organization: Organization, ids: Sequence[str]) -> str | None:
    """The names of the people with these ids, at most MOST_NAMES of them; the id of a person who no longer exists."""
    if not ids:
        return None
    people = Person.objects.in_organization(organization).in_bulk(list(ids[:MOST_NAMES]))
    known = {str(pk): str(person) for pk, person in people.items()}
    names = [known.get(each, each) for each in ids[:MOST_NAMES]]
    more = len(ids) - len(names)
    if more > 0:
        names.append(ngettext("and {n} more", "and {n} more", more).format(n=more))
    return ", ".join(names)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
