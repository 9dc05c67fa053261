"""Bulk actions: each kind is a job whose steps call the action for one user.

Importing this package registers the kinds.
"""

from controlhub.actions.bulk.access import InviteUsers, SignOutUsers
from controlhub.actions.bulk.kinds import BulkKind
from controlhub.actions.bulk.lifecycle import (
    DeactivateUsers,
    DeleteUsers,
    PurgeUsers,
    ReactivateUsers,
    RestoreUsers,
)
from controlhub.actions.bulk.members import AddToGroup, RemoveFromGroup
from controlhub.actions.bulk.protection import HoldUsers, ReleaseUsers
from controlhub.actions.bulk.starting import start_bulk_job

__all__ = [
    "AddToGroup",
    "BulkKind",
    "DeactivateUsers",
    "DeleteUsers",
    "HoldUsers",
    "InviteUsers",
    "PurgeUsers",
    "ReactivateUsers",
    "ReleaseUsers",
    "RemoveFromGroup",
    "RestoreUsers",
    "SignOutUsers",
    "start_bulk_job",
]
