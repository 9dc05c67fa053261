"""Expressions in Entra's syntax: `parse(text)`, then `evaluate` and `trace` for each object."""

from directory.provisioning.expressions.context import Context
from directory.provisioning.expressions.errors import EvaluationError, ExpressionError, ParseError
from directory.provisioning.expressions.evaluator import Step
from directory.provisioning.expressions.expression import Expression, parse
from directory.provisioning.expressions.functions import FUNCTIONS, IGNORE

__all__ = [
    "FUNCTIONS",
    "IGNORE",
    "Context",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "ParseError",
    "Step",
    "parse",
]
