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
    """The one who acts, as the log remembers it: plain values that outlive what they name."""

    kind: ActorKind
    id: str = ""
    label: str = ""
    address: str | None = None
    user_agent: str = ""
    request_id: str = ""
    role: str = ""
    """The portal role of a person who acts, by the portal or by a token of their own."""
    connection_id: UUID | None = None
    """The connection whose token a client presents."""
    user_id: UUID | None = None
    """The person whose own token a client presents."""
    job_id: str = ""
    """The job in whose step the actor acts. It is recorded in the details of every event."""
    parent_id: str = ""
    """The id of the event of which the actor's events are parts, such as the start of a job."""

    @property
    def is_client(self) -> bool:
        return self.kind is ActorKind.CLIENT

    @property
    def person_id(self) -> str:
        """The id of the person who acts, by the portal or by a token of their own; "" if nobody does."""
        if self.user_id is not None:
            return str(self.user_id)
        return self.id if self.kind is ActorKind.ADMIN else ""


SYSTEM = Actor(ActorKind.SYSTEM, label="Control Hub")
COMMAND = Actor(ActorKind.COMMAND, label="Command line")
