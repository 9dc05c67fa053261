"""An expression: parsed once, evaluated for each object."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from directory.provisioning.expressions.context import Context
from directory.provisioning.expressions.errors import EvaluationError
from directory.provisioning.expressions.evaluator import Evaluation, Step, is_redacted
from directory.provisioning.expressions.nodes import Call, Node, Reference, walk
from directory.provisioning.expressions.parser import parse_node
from directory.provisioning.values import Source, Value


@dataclass(frozen=True)
class Expression:
    """`text` is the expression as it was written; `str` returns its usual form."""

    text: str
    node: Node

    def __str__(self) -> str:
        return str(self.node)

    def evaluate(self, source: Source, context: Context) -> Value:
        """The value for an object; raises EvaluationError. `IGNORE` (functions.flow) means that nothing is sent."""
        return Evaluation(self.text, source, context).evaluate(self.node)

    def trace(self, source: Source, context: Context) -> list[Step]:
        """The value of each call, innermost first. Calls that were not needed are left out.

        Raises EvaluationError, which has the `steps` before it.
        """
        steps: list[Step] = []
        evaluation = Evaluation(self.text, source, context, steps)
        try:
            value = evaluation.evaluate(self.node)
        except EvaluationError as error:
            error.steps = steps
            raise
        if not isinstance(self.node, Call):
            steps.append(Step(str(self.node), value))
        return steps

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """The names of the source attributes, each once, in order of appearance."""
        found = [(node.start, node.name) for node in walk(self.node) if isinstance(node, Reference)]
        return tuple(dict.fromkeys(name for _, name in sorted(found)))

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of the functions."""
        return frozenset(node.function.name for node in walk(self.node) if isinstance(node, Call))

    @cached_property
    def is_redacted(self) -> bool:
        """Whether logs must show `[Redact]` instead of the value."""
        return is_redacted(self.node)


@lru_cache(maxsize=1_024)
def parse(text: str) -> Expression:
    """The expression in a string; raises ParseError."""
    return Expression(text, parse_node(text))
