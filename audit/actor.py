"""The actor of an event."""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class ActorKind(StrEnum):
    ADMIN = "admin"  # a person signed in to the portal
    CLIENT = "client"  # a provisioning client with a bearer token
    COMMAND = "command"  # somebody at the server's command line
    SYSTEM = "system"  # a scheduled job


class Actor(NamedTuple):
    """The actor as recorded in the log: plain values that stay valid when the objects they refer to are deleted."""

    kind: ActorKind
    id: str = ""
    label: str = ""
    address: str | None = None
    user_agent: str = ""
    request_id: str = ""
    role: str = ""
    """The portal role of a person who acts through the portal or with a personal token."""
    connection_id: UUID | None = None
    """The connection whose token the client uses."""
    user_id: UUID | None = None
    """The person whose personal token the client uses."""
    job_id: str = ""
    """The job whose step the actor is running. It is recorded in the details of every event."""
    parent_id: str = ""
    """The id of the parent event of the actor's events, such as the start of a job."""

    @property
    def is_client(self) -> bool:
        return self.kind is ActorKind.CLIENT

    @property
    def person_id(self) -> str:
        """The id of the person who acts through the portal or with a personal token; "" if there is none."""
        if self.user_id is not None:
            return str(self.user_id)
        return self.id if self.kind is ActorKind.ADMIN else ""


SYSTEM = Actor(ActorKind.SYSTEM, label="Control Hub")
COMMAND = Actor(ActorKind.COMMAND, label="Command line")
