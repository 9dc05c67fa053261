"""The errors of expressions: what is wrong, where, which argument was expected, and an example.

ExpressionError
├── ParseError       the text is not an expression
└── EvaluationError  the expression has no value for this object
"""

from collections.abc import Sequence
from typing import Any

from directory.provisioning.messages import Message, gettext_noop


class ExpressionError(Exception):
    """An error at a position of the text. Lines and columns are counted from 1.

    `argument` is the name of the argument that was expected, as in Microsoft's reference, or empty; `example` is a
    valid expression, or empty.
    """

    def __init__(self, message: Message, text: str, position: int, *, argument: str = "", example: str = "") -> None:
        self.message = message
        self.position = min(position, len(text))
        self.line = text.count("\n", 0, self.position) + 1
        self.column = self.position - (text.rfind("\n", 0, self.position) + 1) + 1
        self.argument = argument
        self.example = example
        super().__init__(str(self))

    @property
    def located(self) -> Message:
        """The message with line and column."""
        text = gettext_noop("Line %(line)s, column %(column)s: %(message)s")
        return Message(text, {"line": self.line, "column": self.column, "message": self.message})

    def __str__(self) -> str:
        example = f" Example: {self.example}" if self.example else ""
        return f"{self.located}{example}"


class ParseError(ExpressionError):
    """The text is not an expression."""


class EvaluationError(ExpressionError):
    """The expression has no value for this object. `trace` stores the steps before the error in `steps`."""

    steps: Sequence[Any] = ()
