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
from directory.models.links import Link, Operation, PlannedPerson, SentMember
from directory.models.outcomes import Outcome, OutcomeAction, OutcomeStatus
from directory.models.people import Person
from directory.models.target_schemas import TargetSchema

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
    "PlannedPerson",
    "ProvisioningScope",
    "Quarantine",
    "SentMember",
    "SyncState",
    "TargetSchema",
]
