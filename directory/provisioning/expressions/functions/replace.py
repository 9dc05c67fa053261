"""Replace, in each of its five forms."""

from typing import Any, NoReturn

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.patterns import Pattern, PatternError, compile_pattern, expand
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import MAX_TEXT, Value

SOURCE, OLD, PATTERN, GROUP, NEW, ATTRIBUTE, TEMPLATE = range(7)
_FORMS = ({OLD, NEW}, {OLD, TEMPLATE}, {PATTERN, NEW}, {PATTERN, GROUP, NEW}, {PATTERN, GROUP, ATTRIBUTE})
"""The arguments that are given together, in addition to the source."""
_PER_MATCH = 20


def replace(arguments: Arguments) -> Value:
    source = arguments.text(SOURCE)
    if arguments.is_given(ATTRIBUTE):
        return source or _extract(arguments)
    if not source:
        return source
    if arguments.is_given(TEMPLATE):
        return _replace_text(arguments, arguments.text(TEMPLATE) or "", source)
    if arguments.is_given(OLD):
        return _replace_text(arguments, source, arguments.text(NEW) or "")
    return _replace_pattern(arguments, source, arguments.text(NEW) or "")


def _replace_text(arguments: Arguments, text: str, new: str) -> str:
    old = arguments.text(OLD)
    if not old:
        return text
    found = text.count(old)
    arguments.note_matches([old] * min(found, 100), ignoring_case=not found and old.lower() in text.lower())
    if len(text) + found * (len(new) - len(old)) > MAX_TEXT:
        _fail_size(arguments)
    return text.replace(old, new)


def _replace_pattern(arguments: Arguments, source: str, new: str) -> str:
    pattern = _pattern(arguments)
    group = _group(arguments, pattern) if arguments.is_given(GROUP) else 0
    parts: list[str] = []
    found: list[str] = []
    end = size = 0
    for match in _matches(arguments, pattern, source):
        start, stop = match.span(group)
        if start < 0:
            continue
        found.append(source[start:stop])
        parts += [source[end:start], new if group else expand(match, pattern.groups, new)]
        size += len(parts[-1])
        end = stop
        if size > MAX_TEXT:
            _fail_size(arguments)
    _note(arguments, found, source)
    return "".join([*parts, source[end:]])


def _extract(arguments: Arguments) -> Value:
    """The part of the other attribute that the group matches."""
    text = arguments.text(ATTRIBUTE)
    pattern = _pattern(arguments)
    group = _group(arguments, pattern)
    for match in _matches(arguments, pattern, text or ""):
        if match.group(group):
            arguments.note_matches([match.group(group)])
            return str(match.group(group))
    _note(arguments, [], text or "")
    return None


def _matches(arguments: Arguments, pattern: Pattern, text: str) -> Any:
    arguments.spend(pattern.cost(text))
    for match in pattern.matches(text):
        arguments.spend(_PER_MATCH + (len(text) - match.end()) // _PER_MATCH)
        yield match


def _note(arguments: Arguments, found: list[str], text: str) -> None:
    if arguments.is_traced:
        arguments.note_matches(found, ignoring_case=not found and _matches_ignoring_case(arguments, text))


def _matches_ignoring_case(arguments: Arguments, text: str) -> bool:
    try:
        return compile_pattern(f"(?i){arguments.text(PATTERN) or ''}").search(text) is not None
    except PatternError:  # it is too long or too large with the option
        return False


def _pattern(arguments: Arguments) -> Pattern:
    try:
        return compile_pattern(arguments.text(PATTERN) or "")
    except PatternError as error:
        arguments.fail(PATTERN, error.message)


def _group(arguments: Arguments, pattern: Pattern) -> int:
    name = arguments.text(GROUP) or ""
    if name not in pattern.groups:
        message = gettext_noop("The regular expression has no group %(group)s. Write it as (?<%(group)s>…).")
        arguments.fail(GROUP, Message(message, {"group": name[:100]}))
    return pattern.groups[name]


def _fail_size(arguments: Arguments) -> NoReturn:
    arguments.fail(SOURCE, Message(gettext_noop("The text has more than %(limit)s characters."), {"limit": MAX_TEXT}))


def _check(given: list[bool]) -> str | None:
    if {index for index, is_given in enumerate(given) if is_given} - {SOURCE} in _FORMS:
        return None
    return gettext_noop(
        "%(name)s needs oldValue with replacementValue or template, or regexPattern with replacementValue, or"
        " regexPattern and regexGroupName with replacementValue or replacementAttributeName."
    )


FUNCTIONS = (
    Function(
        "Replace",
        (
            Parameter("source"),
            Parameter("oldValue", is_required=False),
            Parameter("regexPattern", is_required=False),
            Parameter("regexGroupName", is_required=False),
            Parameter("replacementValue", is_required=False),
            Parameter("replacementAttributeName", Kind.ANY, is_required=False),
            Parameter("template", is_required=False),
        ),
        replace,
        'Replace([mail], "@contoso.com", , , "", , )',
        check=_check,
    ),
)
