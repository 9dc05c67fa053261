"""The functions of Microsoft's reference, by name (entra-docs, functions-for-customizing-application-data)."""

from directory.provisioning.expressions.functions import (
    arithmetic,
    chance,
    dates,
    flow,
    lists,
    logic,
    replace,
    roles,
    texts,
)
from directory.provisioning.expressions.functions.flow import IGNORE
from directory.provisioning.expressions.functions.texts import WORDS
from directory.provisioning.expressions.signatures import Function

_ALL = (arithmetic, chance, dates, flow, lists, logic, replace, roles, texts)
FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in sorted((each for module in _ALL for each in module.FUNCTIONS), key=lambda each: each.name)
}

__all__ = ["FUNCTIONS", "IGNORE", "WORDS"]
