"""The signature of a function: its parameters as Microsoft's reference names them, and an example."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.values import Value


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    LIST = "list"
    ANY = "any"
    WORD = "word"
    """One of the words that are written without quotation marks, such as `vbTextCompare`."""


@dataclass(frozen=True)
class Parameter:
    name: str
    kind: Kind = Kind.TEXT
    is_required: bool = True


@dataclass(frozen=True)
class Function:
    """A function of Microsoft's reference.

    The last `repeating` parameters can be repeated, and are given at least once. `check` receives which arguments are
    given (True) or left empty (False), and returns what is wrong with them, or None.
    """

    name: str
    parameters: tuple[Parameter, ...]
    implementation: Callable[[Arguments], Value]
    example: str
    repeating: int = 0
    is_top_level: bool = False
    check: Callable[[list[bool]], str | None] | None = None

    def parameter(self, index: int) -> Parameter:
        """The parameter of an argument, by its index from 0."""
        if index < len(self.parameters):
            return self.parameters[index]
        start = len(self.parameters) - self.repeating
        return self.parameters[start + (index - start) % self.repeating]

    @property
    def fewest(self) -> int:
        """The number of arguments up to the last required one."""
        return max((index for index, each in enumerate(self.parameters, 1) if each.is_required), default=0)

    @property
    def most(self) -> int | None:
        return None if self.repeating else len(self.parameters)
