"""The tables of the directory: people, groups, and the applications that they are provisioned to."""

from directory.models.applications import Application, Assignment, ProvisioningScope
from directory.models.groups import Group, GroupKind, Membership
from directory.models.history import Change, ChangedKind
from directory.models.people import Person

__all__ = [
    "Application",
    "Assignment",
    "Change",
    "ChangedKind",
    "Group",
    "GroupKind",
    "Membership",
    "Person",
    "ProvisioningScope",
]
