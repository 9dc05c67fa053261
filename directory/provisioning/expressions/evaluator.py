"""The value of an expression for one object, within limits of time and size."""

from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.context import Context
from directory.provisioning.expressions.errors import EvaluationError
from directory.provisioning.expressions.nodes import Call, Comparison, Literal, Node, Omitted, Reference, Word, walk
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import (
    MAX_TEXT,
    MAX_VALUES,
    Source,
    Value,
    integer_of,
    is_storable,
    text_of,
    values_of,
)

MAX_WORK = 1_000_000
"""The maximum number of characters that all functions of one evaluation may read and write."""
REDACT = "Redact"
REDACTED = "[Redact]"


class Step(NamedTuple):
    """One call: its text, its value, and for Replace and InStr the parts that were found (None for other functions).

    With `matches_ignoring_case`, nothing was found, but the string occurs in upper or lower case.
    """

    text: str
    value: Value
    matched: tuple[str, ...] | None = None
    matches_ignoring_case: bool = False


class Evaluation:
    """The evaluation of one expression for one object. `steps` collects its calls if it is a list."""

    def __init__(self, text: str, source: Source, context: Context, steps: list[Step] | None = None) -> None:
        """`steps` is None unless the calls are traced."""
        self.text = text
        self.context = context
        self._source = source
        self._steps = steps
        self._work = 0
        self._redacting = 0

    @property
    def is_traced(self) -> bool:
        return self._steps is not None

    def evaluate(self, node: Node) -> Value:
        match node:
            case Literal(value):
                return value
            case Word(name):
                return name
            case Reference():
                return self._read(node)
            case Comparison():
                return self._compare(node)
            case Call():
                return self._call(node)
            case Omitted():
                return None

    def _read(self, node: Reference) -> Value:
        value = self._source.get(node.name)
        for each in values_of(value):
            if isinstance(each, str) and not is_storable(each):
                self.fail(node, Message(gettext_noop("The attribute contains characters that cannot be stored.")))
        self._measure(node, value)
        return None if value == [] else value

    def _call(self, node: Call) -> Value:
        arguments = _CallArguments(self, node)
        self._redacting += node.function.name == REDACT
        value = node.function.implementation(arguments)
        self._measure(node, value)
        if self._steps is not None:
            self._steps.append(self._step(node, value, arguments))
        self._redacting -= node.function.name == REDACT
        return value

    def _step(self, node: Call, value: Value, arguments: "_CallArguments") -> Step:
        """A call for the trace. A value that Redact hides is also hidden in calls within and around it."""
        if self._redacting or is_redacted(node):
            return Step(str(node), REDACTED)
        return Step(str(node), value, arguments.matched, arguments.matches_ignoring_case)

    def _compare(self, node: Comparison) -> bool:
        """Null is the empty string, as in the keys of Switch. Integers are compared as such, all else as strings."""
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        numbers = integer_of(left), integer_of(right)
        if numbers[0] is not None and numbers[1] is not None:
            return _holds(node.operator, (numbers[0] > numbers[1]) - (numbers[0] < numbers[1]))
        texts = [text_of(each) or "" for each in (left, right)]
        if "" in texts and node.operator not in {"=", "<>"}:
            return False
        return _holds(node.operator, (texts[0] > texts[1]) - (texts[0] < texts[1]))

    def _measure(self, node: Node, value: Value) -> None:
        """Raises EvaluationError if a value, or all values together, are too large."""
        values = values_of(value)
        if len(values) > MAX_VALUES:
            message = gettext_noop("The list has more than %(limit)s values.")
            self.fail(node, Message(message, {"limit": MAX_VALUES}))
        size = 1
        for each in values:
            length = len(each) if isinstance(each, str) else 1
            if length > MAX_TEXT:
                message = gettext_noop("The text has more than %(limit)s characters.")
                self.fail(node, Message(message, {"limit": MAX_TEXT}))
            size += length
        self.spend(node, size)

    def spend(self, node: Node, characters: int) -> None:
        self._work += characters
        if self._work > MAX_WORK:
            self.fail(
                node, Message(gettext_noop("The expression is too complex for this object. Use fewer functions."))
            )

    def fail(self, node: Node, message: Message, *, argument: str = "", example: str = "") -> NoReturn:
        raise EvaluationError(message, self.text, node.start, argument=argument, example=example)


class _CallArguments(Arguments):
    def __init__(self, evaluation: Evaluation, node: Call) -> None:
        self._evaluation = evaluation
        self._node = node
        self._known: dict[int, Value] = {}
        self.context = evaluation.context
        self.place = str(node.start)
        self.count = len(node.arguments)
        self.is_traced = evaluation.is_traced
        self.matched: tuple[str, ...] | None = None
        self.matches_ignoring_case = False

    def value(self, index: int) -> Value:
        if index >= self.count:
            return None
        if index not in self._known:
            self._known[index] = self._evaluation.evaluate(self._node.arguments[index])
        return self._known[index]

    def is_given(self, index: int) -> bool:
        return index < self.count and not isinstance(self._node.arguments[index], Omitted)

    def fail(self, index: int, message: Message) -> NoReturn:
        node = self._node.arguments[index] if index < self.count else self._node
        function = self._node.function
        argument = function.parameter(index).name if function.parameters else ""
        self._evaluation.fail(node, message, argument=argument, example=function.example)

    def note_matches(self, matches: Sequence[str], *, ignoring_case: bool = False) -> None:
        self.matched = tuple(matches[:MAX_VALUES])
        self.matches_ignoring_case = ignoring_case

    def spend(self, characters: int) -> None:
        self._evaluation.spend(self._node, characters)


def is_redacted(node: Node) -> bool:
    """Whether a value contains one that `Redact` hides from logs."""
    return any(isinstance(each, Call) and each.function.name == REDACT for each in walk(node))


def _holds(operator: str, order: int) -> bool:
    match operator:
        case "=":
            return order == 0
        case "<>":
            return order != 0
        case ">":
            return order > 0
        case ">=":
            return order >= 0
        case "<":
            return order < 0
        case _:
            return order <= 0
