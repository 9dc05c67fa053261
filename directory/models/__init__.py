"""The tables of the directory: people, groups, and the applications that they are provisioned to."""

from directory.models.applications import Application, Assignment, ProvisioningScope
from directory.models.cycles import (
    Cycle,
    CycleKind,
    CycleState,
    Guard,
    GuardReason,
    Phase,
    Quarantine,
    SyncState,
)
from directory.models.groups import Group, GroupKind, Membership
from directory.models.history import Change, ChangedKind
from directory.models.imports import PeopleImport, PersonRow
from directory.models.links import Link, Operation, SentMember
from directory.models.outcomes import Outcome, OutcomeAction, OutcomeStatus
from directory.models.people import Person

__all__ = [
    "Application",
    "Assignment",
    "Change",
    "ChangedKind",
    "Cycle",
    "CycleKind",
    "CycleState",
    "Group",
    "GroupKind",
    "Guard",
    "GuardReason",
    "Link",
    "Membership",
    "Operation",
    "Outcome",
    "OutcomeAction",
    "OutcomeStatus",
    "PeopleImport",
    "Person",
    "PersonRow",
    "Phase",
    "ProvisioningScope",
    "Quarantine",
    "SentMember",
    "SyncState",
]
