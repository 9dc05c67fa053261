"""Functions of numbers, and of strings that are numbers."""

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.values import Value


def bit_and(arguments: Arguments) -> int:
    return arguments.number(0) & arguments.number(1)


def cstr(arguments: Arguments) -> Value:
    return arguments.text(0)


FUNCTIONS = (
    Function(
        "BitAnd",
        (Parameter("value1", Kind.NUMBER), Parameter("value2", Kind.NUMBER)),
        bit_and,
        "BitAnd([userAccountControl], 2)",
    ),
    Function("CStr", (Parameter("value", Kind.ANY),), cstr, "CStr([employeeId])"),
)
