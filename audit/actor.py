"""The actor of an event."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    ADMIN = "admin"  # a person signed in to the portal
    CLIENT = "client"  # a provisioning client with a bearer token
    COMMAND = "command"  # somebody at the server's command line
    SYSTEM = "system"  # a scheduled job


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts, as the log remembers it: plain values that outlive what they name."""

    kind: ActorKind
    id: str = ""
    label: str = ""
    address: str | None = None
    user_agent: str = ""
    request_id: str = ""
    role: str = ""
    """The portal role of a person who acts, by the portal or by a token of their own; it is not recorded."""
    connection_id: UUID | None = None
    """The connection whose token a client presents; it is not recorded."""
    job_id: str = ""
    """The job in whose step the actor acts. It is recorded in the details of every event."""

    @property
    def is_client(self) -> bool:
        return self.kind is ActorKind.CLIENT


SYSTEM = Actor(ActorKind.SYSTEM, label="Control Hub")
COMMAND = Actor(ActorKind.COMMAND, label="Command line")
