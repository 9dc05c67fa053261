"""Attribute mappings: how a person's attributes become those of the target.

A mapping has a target path and one of Entra's four kinds: direct (a source attribute), constant, expression, none
(only a default). An empty result is null, the empty string or an empty list: then the default is used when the object
is created, and later nothing is sent, unless `changes.diff` removes empty values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from directory.provisioning.attributes import Kind as SourceKind
from directory.provisioning.attributes import named
from directory.provisioning.expressions import IGNORE, Context, EvaluationError, ExpressionError, Step, parse
from directory.provisioning.expressions.functions.roles import ADDING
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.target_paths import Document, PathError, TargetPath, parse_path
from directory.provisioning.target_values import ConversionError, converted
from directory.provisioning.values import MAX_TEXT, Source, Value, is_empty, text_of
from scim.protocol import urns
from scim.protocol.schemas import Type

MAX_MAPPINGS = 200
"""The maximum number of mappings of one application for one kind of object."""


class Kind(StrEnum):
    DIRECT = "direct"
    CONSTANT = "constant"
    EXPRESSION = "expression"
    NONE = "none"


class When(StrEnum):
    ALWAYS = "always"
    CREATE = "create"
    """Only when the object is created."""


class MappingError(Exception):
    """A mapping that is not valid. `field` is the member of its JSON that is wrong."""

    def __init__(self, message: Message, field: str, error: ExpressionError | None = None) -> None:
        self.message = message
        self.field = field
        self.error = error
        """The error of the expression, with line and column."""
        super().__init__(str(message))


@dataclass(frozen=True)
class AttributeMapping:
    """One mapping. In JSON, it is an object with these members; those with default values may be missing.

    `value`: name of the source attribute, the constant, or the text of the expression, by `kind`.
    `default`: sent when the object is created if the result is empty.
    `matching`: precedence among the attributes that find the object in the target, 1 first; None for others.
    `type`: type of the target attribute according to the target's schema; empty if the built-in schemas decide.
    `case_exact`: False if values that differ only in case count as the same, for targets that change the case.
    """

    target: str
    kind: Kind = Kind.DIRECT
    value: str = ""
    default: str = ""
    matching: int | None = None
    when: When = When.ALWAYS
    type: str = ""
    case_exact: bool = True

    @property
    def path(self) -> TargetPath:
        """The parsed target; raises PathError."""
        return parse_path(self.target)

    @property
    def is_additive(self) -> bool:
        """Whether values that only the target has are kept."""
        return self.kind == Kind.EXPRESSION and ADDING in parse(self.value).functions

    @property
    def attributes(self) -> tuple[str, ...]:
        """The source attributes that the mapping reads."""
        if self.kind == Kind.DIRECT:
            return (self.value,)
        return parse(self.value).attributes if self.kind == Kind.EXPRESSION else ()

    def owns(self, *, creating: bool) -> bool:
        """Whether the mapping sets its target now. Values that cannot be read back are sent only once."""
        if self.kind == Kind.NONE:
            return creating and bool(self.default)
        return creating or (self.when == When.ALWAYS and not self.path.is_write_only)

    def to_json(self) -> dict[str, Any]:
        """The mapping as a JSON object with all members."""
        return {
            "target": self.target,
            "kind": str(self.kind),
            "value": self.value,
            "default": self.default,
            "matching": self.matching,
            "when": str(self.when),
            "type": self.type,
            "case_exact": self.case_exact,
        }

    @classmethod
    def from_json(cls, document: Any) -> "AttributeMapping":
        """The mapping in a JSON object; raises MappingError for the first member that is wrong."""
        if not isinstance(document, Mapping):
            raise MappingError(Message(gettext_noop("A mapping must be an object.")), "")
        if unknown := sorted(map(str, set(document) - set(cls.__dataclass_fields__))):
            message = gettext_noop("%(name)s is not a known member of a mapping.")
            raise MappingError(Message(message, {"name": unknown[0][:100]}), unknown[0][:100])
        mapping = cls(
            target=_text(document, "target"),
            kind=_choice(document, "kind", Kind, Kind.DIRECT),
            value=_text(document, "value"),
            default=_text(document, "default"),
            matching=_precedence(document),
            when=_choice(document, "when", When, When.ALWAYS),
            type=str(_choice(document, "type", Type, None) or ""),
            case_exact=_flag(document, "case_exact"),
        )
        mapping.check()
        return mapping

    def check(self) -> None:
        """Raises MappingError if the mapping cannot be used."""
        try:
            path = self.path
        except PathError as error:
            raise MappingError(error.message, "target") from None
        if self.kind == Kind.DIRECT and not self.value:
            raise MappingError(Message(gettext_noop("Choose a source attribute.")), "value")
        if self.kind == Kind.EXPRESSION:
            self._check_expression()
        if self.matching is not None and (path.is_multi_valued or path.type is Type.COMPLEX):
            message = gettext_noop("%(target)s cannot be a matching attribute, because it is not a single string.")
            raise MappingError(Message(message, {"target": self.target}), "matching")

    def _check_expression(self) -> None:
        try:
            expression = parse(self.value)
        except ExpressionError as error:
            raise MappingError(error.located, "value", error) from None
        if self.matching is not None and "SelectUniqueValue" in expression.functions:
            message = gettext_noop("A matching attribute cannot use SelectUniqueValue.")
            raise MappingError(Message(message), "value")


@dataclass(frozen=True)
class Problem:
    """A problem of one mapping in a list. With `is_warning`, the mapping can be saved nevertheless."""

    index: int
    field: str
    message: Message
    is_warning: bool = False


def check_all(mappings: Sequence[AttributeMapping], custom: Iterable[str] = ()) -> list[Problem]:
    """The problems of mappings together: the same target twice, no matching attribute, unknown source attributes.

    `custom` are the names of the organization's own attributes.
    """
    problems: list[Problem] = []
    if len(mappings) > MAX_MAPPINGS:
        message = gettext_noop("There are more than %(limit)s mappings.")
        problems.append(Problem(MAX_MAPPINGS, "target", Message(message, {"limit": MAX_MAPPINGS})))
    if not any(mapping.matching is not None for mapping in mappings):
        problems.append(Problem(0, "matching", Message(gettext_noop("Choose at least one matching attribute."))))
    known = set(custom)
    for index, mapping in enumerate(mappings[:MAX_MAPPINGS]):
        for other in mappings[:index]:
            if mapping.path.contains(other.path) or other.path.contains(mapping.path):
                message = gettext_noop("%(target)s and %(other)s set the same value. Remove one of the mappings.")
                values = {"target": mapping.target, "other": other.target}
                problems.append(Problem(index, "target", Message(message, values)))
        for name in mapping.attributes:
            if name not in known and ((found := named(name)) is None or found.name != name):
                message = gettext_noop("There is no source attribute %(name)s.")
                problems.append(Problem(index, "value", Message(message, {"name": name}), is_warning=True))
    return problems


@dataclass(frozen=True)
class Failure:
    """A mapping without a result for this object."""

    target: str
    error: EvaluationError | ConversionError

    @property
    def message(self) -> Message:
        return self.error.message


@dataclass
class Target:
    """The desired state of an object in the target.

    `document`: SCIM document for POST. `values`: the values in it by target path, as `str(mapping.path)`.
    `matching`: target path and value of each matching attribute that has one, by precedence.
    `unresolved`: paths whose reference has no object in the target yet. `redacted`: paths that logs must not show.
    `failures`: mappings whose expression failed. Nothing should be sent if there are any.
    """

    document: Document = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    matching: list[tuple[str, str]] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    unresolved: set[str] = field(default_factory=set)
    redacted: set[str] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)


def build(
    mappings: Sequence[AttributeMapping],
    source: Source,
    context: Context,
    *,
    creating: bool,
    schema: str = urns.CORE_USER,
) -> Target:
    """The target of a source object. `context` should be the object's own: `context.of(object_id)`."""
    target = Target()
    found: list[tuple[int, str, str]] = []
    for mapping in mappings:
        value = _flow(mapping, source, context, creating, target)
        if mapping.matching is not None and (text := text_of(value)):
            found.append((mapping.matching, str(mapping.path), text))
    target.matching = [(path, value) for _, path, value in sorted(found)]
    extensions = sorted({parse_path(path).urn for path in target.values} - {""})
    target.document = {"schemas": [schema, *extensions], **target.document}
    return target


def _flow(mapping: AttributeMapping, source: Source, context: Context, creating: bool, target: Target) -> Any:
    """Put the value of one mapping into the target. Returns the value that matching compares."""
    path, key = mapping.path, str(mapping.path)
    try:
        value = _value(mapping, source, context, target)
        if value is IGNORE:
            target.ignored.add(key)
            return None
        if creating and is_empty(value) and mapping.default:
            value = mapping.default
        value = converted(value, path, mapping.type)
    except (EvaluationError, ConversionError) as error:
        target.failures.append(Failure(mapping.target, error))
        return None
    if mapping.owns(creating=creating) and not is_empty(value) and key not in target.unresolved:
        target.values[key] = value
        path.write(target.document, value)
    return value


def _value(mapping: AttributeMapping, source: Source, context: Context, target: Target) -> Value:
    match mapping.kind:
        case Kind.CONSTANT:
            return mapping.value
        case Kind.NONE:
            return None
        case Kind.EXPRESSION:
            expression = parse(mapping.value)
            if expression.is_redacted:
                target.redacted.add(str(mapping.path))
            return expression.evaluate(source, _context_of(mapping, context))
    value: Value = source.get(mapping.value)
    attribute = named(mapping.value)
    if attribute and attribute.kind is SourceKind.REFERENCE and not is_empty(value):
        value = context.references.get(text_of(value) or "")
        if value is None:
            target.unresolved.add(str(mapping.path))
    return value


def _context_of(mapping: AttributeMapping, context: Context) -> Context:
    """The context of one mapping: the same function returns different random values in different mappings."""
    return context.of(str(mapping.path))


def preview(mapping: AttributeMapping, source: Source, context: Context) -> list[Step]:
    """The value of a mapping and of each nested call, innermost first; raises EvaluationError with earlier steps."""
    if mapping.kind == Kind.EXPRESSION:
        return parse(mapping.value).trace(source, _context_of(mapping, context))
    value = source.get(mapping.value) if mapping.kind == Kind.DIRECT else mapping.value or None
    return [Step(f"[{mapping.value}]" if mapping.kind == Kind.DIRECT else mapping.value, value)]


# --- members of JSON ---
def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise MappingError(Message(gettext_noop("%(name)s must be a string."), {"name": name}), name)
    return value


def _choice(document: Mapping[str, Any], name: str, choices: type[StrEnum], default: Any) -> Any:
    value = document.get(name)
    if value in (None, ""):
        return default
    if isinstance(value, str) and value in list(choices):
        return choices(value)
    message = gettext_noop("%(name)s must be one of %(choices)s.")
    raise MappingError(Message(message, {"name": name, "choices": ", ".join(choices)}), name)


def _precedence(document: Mapping[str, Any]) -> int | None:
    value = document.get("matching")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_MAPPINGS):
        message = gettext_noop("The matching precedence must be a number from 1 to %(limit)s.")
        raise MappingError(Message(message, {"limit": MAX_MAPPINGS}), "matching")
    return value


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name, True)
    if not isinstance(value, bool):
        raise MappingError(Message(gettext_noop("%(name)s must be true or false."), {"name": name}), name)
    return value
