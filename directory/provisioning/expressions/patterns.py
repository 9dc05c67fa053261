"""Regular expressions as administrators write them for .NET, run by RE2 in linear time.

RE2 has no backreferences and no lookaround assertions, because those need backtracking. A pattern with a construct of
.NET that RE2 does not support is refused, and the error names the construct. Classes such as `\\d` and `\\w` mean ASCII
characters.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

from directory.provisioning.messages import Message, gettext_noop

MAX_PATTERN = 1_000
"""The maximum number of characters of a pattern."""
MAX_PROGRAM = 5_000
"""The maximum number of instructions of a compiled pattern: repetitions such as `(a{100}){100}` make many."""
MEMORY = 2**20
"""The number of bytes that RE2 may use for one pattern."""
WORK = 50
"""Instructions times characters that count as one character of work."""

REFUSED: tuple[tuple[str, str], ...] = (
    (r"\(\?=", "lookahead (?=…)"),
    (r"\(\?!", "negative lookahead (?!…)"),
    (r"\(\?<=", "lookbehind (?<=…)"),
    (r"\(\?<!", "negative lookbehind (?<!…)"),
    (r"\(\?>", "atomic group (?>…)"),
    (r"\(\?\(", "condition (?(…)…)"),
    (r"\(\?#", "comment (?#…)"),
    (r"\(\?(<\w*-|'\w*-)", "balancing group (?<a-b>…)"),
    (r"\(\?[<'][0-9]", "numbered group name (?<1>…)"),
    (r"\(\?[A-Za-z]*-?[A-Za-z]*[nx][A-Za-z]*[:)]", "option (?n) or (?x)"),
    (r"\\[1-9]", "backreference \\1"),
    (r"\\k[<'{]", "backreference \\k<name>"),
    (r"\\G", "anchor \\G"),
    (r"\\Z", "anchor \\Z (write \\z or $)"),
    (r"\\e", "escape \\e"),
    (r"\\c", "escape \\cX"),
    (r"\\[pP]\{\^?Is", "Unicode block \\p{Is…}"),
)
"""Constructs of .NET that are refused, and their names in errors."""
SUBTRACTION = "subtraction of classes [a-z-[aeiou]]"
_REFUSED = re.compile("|".join(f"(?P<r{index}>{pattern})" for index, (pattern, _) in enumerate(REFUSED)), re.ASCII)
_CODE_POINT = re.compile(r"\\u([0-9a-fA-F]{4})")
_QUOTED_NAME = re.compile(r"\(\?'(\w+)'", re.ASCII)
_SUBSTITUTION = re.compile(r"\$(?:(?P<number>[0-9]{1,3})|\{(?P<name>\w{1,256})\}|(?P<sign>[$&]))", re.ASCII)


class PatternError(Exception):
    """A pattern that is refused. `message` says why."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


class Pattern:
    """A compiled pattern."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.groups: dict[str, int] = dict(compiled.groupindex)

    def cost(self, text: str) -> int:
        """The work of one search, as a number of characters."""
        return 1 + len(text) * int(self._compiled.programsize) // WORK

    def matches_all(self, text: str) -> bool:
        return self._compiled.fullmatch(text) is not None

    def search(self, text: str) -> Any:
        return self._compiled.search(text)

    def matches(self, text: str) -> Iterator[Any]:
        """The matches from left to right, without overlaps."""
        return iter(self._compiled.finditer(text))


@lru_cache(maxsize=128)
def compile_pattern(pattern: str) -> Pattern:
    """The pattern, ready to run; raises PatternError."""
    if len(pattern) > MAX_PATTERN:
        message = gettext_noop("The regular expression has more than %(limit)s characters.")
        raise PatternError(Message(message, {"limit": MAX_PATTERN}))
    if construct := _refused_construct(pattern):
        message = gettext_noop("The regular expression uses a construct that is not supported: %(construct)s.")
        raise PatternError(Message(message, {"construct": construct}))
    return Pattern(_compiled(_QUOTED_NAME.sub(r"(?P<\1>", _CODE_POINT.sub(r"\\x{\1}", pattern))))


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    try:
        compiled = re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args and isinstance(error.args[0], bytes | str) else b"invalid text"
        reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        message = gettext_noop("The regular expression is not valid: %(reason)s.")
        raise PatternError(Message(message, {"reason": reason})) from None
    if compiled.programsize > MAX_PROGRAM:
        raise PatternError(Message(gettext_noop("The regular expression repeats too much. Lower its repetitions.")))
    return compiled


def _refused_construct(pattern: str) -> str | None:
    """The name of the first construct that RE2 does not support; None if there is none."""
    index, in_class = 0, False
    while index < len(pattern):
        if in_class and pattern.startswith("-[", index):
            return SUBTRACTION
        match = _REFUSED.match(pattern, index)
        if match and not (in_class and pattern[index] == "("):
            return REFUSED[int(str(match.lastgroup)[1:])][1]
        character = pattern[index]
        if character == "\\":
            index += 1
        elif character == "[" and not in_class:
            in_class = True
            index += _leading(pattern, index + 1)
        elif character == "]":
            in_class = False
        index += 1
    return None


def _leading(pattern: str, start: int) -> int:
    """The length of `^` and of a `]` at the beginning of a class, which is part of the class."""
    length = 1 if pattern.startswith("^", start) else 0
    return length + (1 if pattern.startswith("]", start + length) else 0)


def expand(match: Any, groups: dict[str, int], replacement: str) -> str:
    """The replacement of a match: `$1`, `${name}`, `$&` and `$$` as in .NET. An unknown group stays as written."""

    def substitute(found: re.Match[str]) -> str:
        if found["sign"]:
            return "$" if found["sign"] == "$" else str(match.group(0))
        name = found["name"] or found["number"]
        number = groups.get(name, int(name) if name.isdecimal() and len(name) <= 3 else None)
        if number is None or number > len(match.groups()):
            return found[0]
        return match.group(number) or ""

    return _SUBSTITUTION.sub(substitute, replacement)
