"""The contents of a synchronization schema, as far as they are understood."""

from dataclasses import dataclass, field

from directory.provisioning.mapping import AttributeMapping, When
from directory.provisioning.messages import Message
from directory.provisioning.scope import ScopingFilter

MAX_REPORT = 200
"""The maximum number of lines in a report. The rest is counted."""
FLOW_TYPES = {"Always": When.ALWAYS, "ObjectAddOnly": When.CREATE}
ACTIONS = ("Add", "Update", "Delete")


class SchemaError(Exception):
    """A document that is not a synchronization schema."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@dataclass(frozen=True)
class Note:
    """A part of a document that was not imported unchanged. `place` is its path in the document."""

    place: str
    message: Message


@dataclass
class ObjectMapping:
    """The mappings of one kind of object. `actions` are those of Add, Update and Delete that the application may do."""

    name: str
    source_object: str
    target_object: str
    is_enabled: bool = True
    actions: tuple[str, ...] = ACTIONS
    mappings: list[AttributeMapping] = field(default_factory=list)
    scope: ScopingFilter = field(default_factory=ScopingFilter)


@dataclass
class Loaded:
    """The contents of a document: `objects` in order, and the report of what was not understood."""

    objects: list[ObjectMapping] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    more_notes: int = 0
    """The number of notes beyond MAX_REPORT."""

    def note(self, place: str, text: str, **values: str | int | Message) -> None:
        if len(self.notes) < MAX_REPORT:
            self.notes.append(Note(place, Message(text, values)))
        else:
            self.more_notes += 1
