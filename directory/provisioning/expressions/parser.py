"""Parses the text of an expression into nodes, by recursive descent. Grammar:

expression = argument
argument   = [ operand [ ( "=" | "<>" | ">" | ">=" | "<" | "<=" ) operand ] ]
operand    = text | number | "[" attribute "]" | word | name "(" [ argument *( "," argument ) ] ")"

Source: Microsoft, "Reference for writing expressions for attribute mappings" (entra-docs,
functions-for-customizing-application-data). Names of functions are case-sensitive there.
"""

import difflib
from typing import NoReturn

from directory.provisioning.expressions.errors import ParseError
from directory.provisioning.expressions.functions import FUNCTIONS, WORDS
from directory.provisioning.expressions.nodes import Call, Comparison, Literal, Node, Omitted, Reference, Word
from directory.provisioning.expressions.signatures import Function, Kind
from directory.provisioning.expressions.tokens import Token, tokenize
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import integer_of

MAX_DEPTH = 64
"""The maximum nesting depth of functions."""
_LOWER_NAMES = {name.lower(): name for name in FUNCTIONS}


def parse_node(text: str) -> Node:
    """The syntax tree of an expression; raises ParseError."""
    return _Parser(text).expression()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._index = 0
        self._depth = 0

    # --- tokens ---
    @property
    def _token(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        self._index += 1
        return self._tokens[self._index - 1]

    def _fail(self, text: str, start: int, function: Function | None = None, **values: str | int) -> NoReturn:
        raise self._error(text, start, function, values)

    def _error(self, text: str, start: int, function: Function | None, values: dict[str, str | int]) -> ParseError:
        """The value `argument` names the argument that was expected."""
        example = function.example if function else ""
        argument = str(values.get("argument", ""))
        return ParseError(Message(text, values), self._text, start, argument=argument, example=example)

    # --- grammar ---
    def expression(self) -> Node:
        if self._token.kind == "end":
            example = FUNCTIONS["Join"]
            self._fail(gettext_noop("The expression is empty. Enter a function."), 0, example)
        node = self._argument()
        if self._token.kind != "end":
            self._fail(
                gettext_noop("There is unexpected text after the end of the expression. Remove it."), self._token.start
            )
        return node

    def _argument(self) -> Node:
        start = self._token.start
        if self._token.kind in {",", ")", "end"}:
            return Omitted(start)
        left = self._operand()
        if self._token.kind != "operator":
            return left
        operator = self._take()
        if self._token.kind in {",", ")", "end"}:
            message = gettext_noop("A value is missing after %(operator)s.")
            self._fail(message, self._token.start, operator=operator.value)
        return Comparison(left, str(operator.value), self._operand(), start)

    def _operand(self) -> Node:
        token = self._take()
        match token.kind:
            case "string" | "number":
                return Literal(token.value, token.start)
            case "attribute":
                return Reference(str(token.value), token.start)
            case "name" if self._token.kind == "(":
                return self._call(token)
            case "name":
                return self._word(token)
        message = gettext_noop('Enter a string such as "Sales", an attribute such as [department], or a function.')
        self._fail(message, token.start)

    def _word(self, token: Token) -> Node:
        name = str(token.value)
        if name in WORDS:
            return Word(name, token.start)
        if name in FUNCTIONS:
            message = gettext_noop("%(name)s needs parentheses.")
            self._fail(message, token.start, FUNCTIONS[name], name=name)
        message = gettext_noop('Write a string as "%(name)s" and an attribute as [%(name)s].')
        self._fail(message, token.start, name=name)

    def _call(self, token: Token) -> Node:
        function = self._function(token)
        if function.is_top_level and self._depth:
            message = gettext_noop("%(name)s must be the outermost function.")
            self._fail(message, token.start, function, name=function.name)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            message = gettext_noop("More than %(limit)s functions are nested. Use fewer.")
            self._fail(message, token.start, limit=MAX_DEPTH)
        arguments = self._arguments(function)
        self._depth -= 1
        self._check(function, arguments, token.start)
        return Call(function, arguments, token.start)

    def _function(self, token: Token) -> Function:
        name = str(token.value)
        if function := FUNCTIONS.get(name):
            return function
        if exact := _LOWER_NAMES.get(name.lower()):
            message = gettext_noop("The names of functions are case-sensitive: write %(exact)s instead of %(name)s.")
            self._fail(message, token.start, FUNCTIONS[exact], name=name, exact=exact)
        if close := difflib.get_close_matches(name[:40], FUNCTIONS, n=1):
            message = gettext_noop("There is no function %(name)s. Did you mean %(close)s?")
            self._fail(message, token.start, FUNCTIONS[close[0]], name=name, close=close[0])
        self._fail(gettext_noop("There is no function %(name)s."), token.start, name=name)

    def _arguments(self, function: Function) -> tuple[Node, ...]:
        self._take()
        if self._token.kind == ")":
            self._take()
            return ()
        arguments = [self._argument()]
        while self._token.kind == ",":
            self._take()
            arguments.append(self._argument())
        if self._token.kind != ")":
            message = gettext_noop("Enter a comma, or the closing parenthesis of %(name)s.")
            self._fail(message, self._token.start, function, name=function.name)
        self._take()
        return tuple(arguments)

    # --- signature ---
    def _check(self, function: Function, arguments: tuple[Node, ...], start: int) -> None:
        end = self._tokens[self._index - 1].start
        if function.most is not None and len(arguments) > function.most:
            message = gettext_noop("%(name)s takes at most %(count)s arguments.")
            place = arguments[function.most].start
            self._fail(message, place, function, name=function.name, count=function.most)
        missing = range(len(arguments), function.fewest)
        for index, node in [*enumerate(arguments), *((index, Omitted(end)) for index in missing)]:
            self._check_argument(function, index, node)
        if function.check and (wrong := function.check([not isinstance(node, Omitted) for node in arguments])):
            self._fail(wrong, start, function, name=function.name)

    def _check_argument(self, function: Function, index: int, node: Node) -> None:
        parameter = function.parameter(index)
        values: dict[str, str | int] = {"number": index + 1, "name": function.name, "argument": parameter.name}
        if isinstance(node, Omitted):
            if parameter.is_required:
                message = gettext_noop("Argument %(number)s of %(name)s is missing: %(argument)s.")
                raise self._error(message, node.start, function, values)
        elif parameter.kind is Kind.NUMBER and isinstance(node, Literal) and integer_of(node.value) is None:
            message = gettext_noop("Argument %(number)s of %(name)s (%(argument)s) must be a whole number.")
            raise self._error(message, node.start, function, values)
        elif parameter.kind is not Kind.WORD and isinstance(node, Word):
            message = gettext_noop('Write a string as "%(name)s" and an attribute as [%(name)s].')
            self._fail(message, node.start, name=node.name)
