"""The arguments of a call, for its function: evaluated on request, in the requested type."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NoReturn

from directory.provisioning.expressions.context import Context
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import Value, boolean_of, integer_of, is_empty, text_of, values_of


class Arguments(ABC):
    """Arguments by their index from 0. The value of an argument that was left empty or out is None.

    Arguments that a function does not request are not evaluated, so a branch that is not taken cannot fail.
    """

    context: Context
    place: str
    """The position of the call in the expression, for random values."""
    count: int
    """The number of arguments in the text."""
    is_traced: bool
    """Whether the steps are recorded, so that work only for the trace is worthwhile."""

    @abstractmethod
    def value(self, index: int) -> Value: ...

    @abstractmethod
    def is_given(self, index: int) -> bool:
        """Whether the text has an argument there."""

    @abstractmethod
    def fail(self, index: int, message: Message) -> NoReturn:
        """Raise an EvaluationError at an argument."""

    @abstractmethod
    def note_matches(self, matches: Sequence[str], *, ignoring_case: bool = False) -> None:
        """Record for the trace which parts of a string were found, or that they occur in another case."""

    @abstractmethod
    def spend(self, characters: int) -> None:
        """Count work beyond the size of the arguments and the result."""

    def text(self, index: int) -> str | None:
        """A single value as a string, or None."""
        value = self.value(index)
        if isinstance(value, list | dict) and text_of(value) is None and not is_empty(value):
            self.fail(
                index, Message(gettext_noop("This is a list. Choose one value with Item, or join them with Join."))
            )
        return text_of(value)

    def number(self, index: int) -> int:
        found = integer_of(self.value(index))
        if found is None or not -(2**63) <= found < 2**63:
            self.fail(index, Message(gettext_noop("This must be a whole number.")))
        return found

    def boolean(self, index: int) -> bool | None:
        return boolean_of(self.value(index))

    def values(self, index: int) -> list[Any]:
        return values_of(self.value(index))
