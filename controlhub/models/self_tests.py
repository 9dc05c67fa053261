"""Self-tests of connections: the newest of each, with its steps. They leave no other trace (docs/decisions/0065)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models.functions import Now

from controlhub.models.clients import Client
from controlhub.models.connections import Connection
from controlhub.models.documents import ScopedQuerySet
from controlhub.models.organizations import Organization


class StepName(StrEnum):
    """The purpose of a step. Names are stored, so they must not change."""

    READ_CONFIG = "read-config"
    TEST_CONNECTION = "test-connection"
    LOOK_UP_USER = "look-up-user"
    CREATE_USER = "create-user"
    FIND_USER = "find-user"
    READ_USER = "read-user"
    UPDATE_USER = "update-user"
    TEST_GROUPS = "test-groups"
    CREATE_GROUP = "create-group"
    READ_GROUP = "read-group"
    ADD_MEMBER = "add-member"
    REMOVE_MEMBER = "remove-member"
    RENAME_GROUP = "rename-group"
    DEACTIVATE_USER = "deactivate-user"
    FIND_INACTIVE = "find-inactive"
    REACTIVATE_USER = "reactivate-user"
    RECREATE_USER = "recreate-user"
    SOFT_DELETE = "soft-delete"
    RESTORE_USER = "restore-user"
    DELETE_USER = "delete-user"
    USER_IS_GONE = "user-is-gone"
    DELETE_GROUP = "delete-group"


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Difference:
    """A value of the response that differs from the expected one; None if there is no value."""

    path: str
    expected: Any
    received: Any


@dataclass(frozen=True, slots=True)
class PlayedStep:
    """One request of a self-test and its response.

    A step is skipped if it needs the result of a failed one. `scim_type` and `detail` are those of an error. `quirks`
    are the tolerances that the request needed and `refused` those that it needed but the organization has turned off.
    """

    name: str
    method: str
    path: str
    outcome: Outcome
    expected_status: int
    status: int = 0
    milliseconds: float = 0.0
    scim_type: str = ""
    detail: str = ""
    differences: Sequence[Difference] = ()
    quirks: Sequence[str] = ()
    refused: Sequence[str] = ()

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "PlayedStep":
        differences = [Difference(**difference) for difference in stored["differences"]]
        return cls(**{**stored, "outcome": Outcome(stored["outcome"]), "differences": differences})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class SelfTest(models.Model):
    """The newest self-test of a connection. `client` is the client whose requests were run."""

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True, related_name="self_test")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    client = models.CharField(max_length=16, choices=Client.choices)
    steps = models.JSONField()
    milliseconds = models.FloatField()
    ran_by = models.TextField(default="")
    finished_at = models.DateTimeField(db_default=Now())

    objects = ScopedQuerySet["SelfTest"].as_manager()

    def __str__(self) -> str:
        return f"{self.client}: {len(self.steps)} steps"

    @property
    def played(self) -> list[PlayedStep]:
        return [PlayedStep.from_json(step) for step in self.steps]
