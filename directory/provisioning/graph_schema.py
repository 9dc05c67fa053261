"""Microsoft Graph's synchronization schema: mappings and scoping filters as Entra exports and imports them.

    synchronizationRules[] → objectMappings[] → attributeMappings[] {source, targetAttributeName, flowType, …}
                                              → scope.groups[] → clauses[]

Source: microsoft-graph-docs-contrib, api-reference/beta/resources/synchronization-*.md. What a document has and we do
not is reported, never guessed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from directory.provisioning.expressions import FUNCTIONS, parse
from directory.provisioning.expressions.functions.texts import WORDS
from directory.provisioning.expressions.nodes import Call, Literal, Node, Omitted, Reference, Word, quoted
from directory.provisioning.mapping import MAX_MAPPINGS, AttributeMapping, Kind, MappingError, When
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.scope import Clause, ScopeError, ScopingFilter

MAX_BYTES = 4_194_304
"""Size of a document. Entra's own are below 1 MB."""
MAX_OBJECT_MAPPINGS = 50
MAX_REPORT = 200
"""Lines of a report. The rest is counted."""
MAX_DEPTH = 64
"""Functions within each other in `source.parameters`."""
SOURCE_DIRECTORY = "Azure Active Directory"
FLOW_TYPES = {"Always": When.ALWAYS, "ObjectAddOnly": When.CREATE}
ACTIONS = ("Add", "Update", "Delete")
_KNOWN_MEMBERS = {
    *("defaultValue", "exportMissingReferences", "flowBehavior", "flowType", "matchingPriority", "source"),
    "targetAttributeName",
}


class SchemaError(Exception):
    """A document that is not a synchronization schema."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@dataclass(frozen=True)
class Note:
    """A part of a document that was not taken over as it is. `place` is its path in the document."""

    place: str
    message: Message


@dataclass
class ObjectMapping:
    """The mappings of one kind of object. `actions`: what of Add, Update and Delete the application may do."""

    name: str
    source_object: str
    target_object: str
    is_enabled: bool = True
    actions: tuple[str, ...] = ACTIONS
    mappings: list[AttributeMapping] = field(default_factory=list)
    scope: ScopingFilter = field(default_factory=ScopingFilter)


@dataclass
class Loaded:
    """What a document contains: `objects` in its order, and the report of what was not understood."""

    objects: list[ObjectMapping] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    more_notes: int = 0
    """Notes beyond MAX_REPORT."""

    def note(self, place: str, text: str, **values: str | int | Message) -> None:
        if len(self.notes) < MAX_REPORT:
            self.notes.append(Note(place, Message(text, values)))
        else:
            self.more_notes += 1


# --- import ---
def load(document: bytes | str | Mapping[str, Any]) -> Loaded:
    """The mappings and filters of a synchronization schema; SchemaError if it is something else."""
    parsed = document if isinstance(document, Mapping) else _parsed(document)
    parsed = parsed.get("schema", parsed) if isinstance(parsed, Mapping) else parsed
    rules = parsed.get("synchronizationRules") if isinstance(parsed, Mapping) else None
    if not isinstance(rules, list):
        message = gettext_noop("This is not a synchronization schema: it has no synchronizationRules.")
        raise SchemaError(Message(message))
    loaded = Loaded()
    for place, each in _object_mappings(rules, loaded):
        if len(loaded.objects) == MAX_OBJECT_MAPPINGS:
            loaded.note(
                place, gettext_noop("Only the first %(limit)s mappings of objects are read."), limit=len(loaded.objects)
            )
            break
        loaded.objects.append(_object(each, place, loaded))
    return loaded


def _parsed(document: bytes | str) -> Any:
    if len(document) > MAX_BYTES:
        message = gettext_noop("The file is larger than %(limit)s MB.")
        raise SchemaError(Message(message, {"limit": MAX_BYTES // 2**20}))
    try:
        text = document.decode("utf-8-sig") if isinstance(document, bytes) else document
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise SchemaError(Message(gettext_noop("The file is not JSON."))) from None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _object_mappings(rules: list[Any], loaded: Loaded) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The mappings of objects with their places, of all rules."""
    for index, rule in enumerate(rules):
        found = rule.get("objectMappings") if isinstance(rule, Mapping) else None
        place = f"synchronizationRules[{index}]"
        if not isinstance(found, list):
            loaded.note(place, gettext_noop("The rule has no objectMappings."))
            continue
        for number, each in enumerate(found):
            if isinstance(each, Mapping) and isinstance(each.get("attributeMappings"), list):
                yield f"{place}.objectMappings[{number}]", each
            else:
                loaded.note(f"{place}.objectMappings[{number}]", gettext_noop("There are no attributeMappings."))


def _object(document: Mapping[str, Any], place: str, loaded: Loaded) -> ObjectMapping:
    flow_types = _text(document.get("flowTypes")) or ", ".join(ACTIONS)
    actions = tuple(action for action in ACTIONS if action in {each.strip() for each in flow_types.split(",")})
    scope = _scope(document.get("scope"), f"{place}.scope", loaded)
    found = ObjectMapping(
        name=_text(document.get("name")),
        source_object=_text(document.get("sourceObjectName")) or "User",
        target_object=_text(document.get("targetObjectName")) or "User",
        is_enabled=document.get("enabled") is not False and scope is not None,
        actions=actions,
        scope=scope or ScopingFilter(),
    )
    mappings = document["attributeMappings"]
    if len(mappings) > MAX_MAPPINGS:
        loaded.note(place, gettext_noop("Only the first %(limit)s mappings are read."), limit=MAX_MAPPINGS)
    for index, each in enumerate(mappings[:MAX_MAPPINGS]):
        mapping = _mapping(each, f"{place}.attributeMappings[{index}]", loaded)
        if mapping:
            found.mappings.append(mapping)
    return found


def _mapping(document: Any, place: str, loaded: Loaded) -> AttributeMapping | None:
    if not isinstance(document, Mapping):
        loaded.note(place, gettext_noop("A mapping is an object."))
        return None
    _note_unknown(document, place, loaded)
    try:
        kind, value = _source(document.get("source"))
        priority = document.get("matchingPriority")
        is_matching = isinstance(priority, int) and not isinstance(priority, bool) and priority > 0
        mapping = AttributeMapping.from_json(
            {
                "target": document.get("targetAttributeName"),
                "kind": str(kind),
                "value": value,
                "default": _text(document.get("defaultValue")),
                "matching": priority if is_matching else None,
                "when": str(FLOW_TYPES.get(_text(document.get("flowType")), When.ALWAYS)),
            }
        )
    except (MappingError, SchemaError) as error:
        target = _text(document.get("targetAttributeName"))[:100]
        message = gettext_noop("The mapping of %(target)s was left out: %(reason)s")
        loaded.note(place, message, target=target, reason=error.message)
        return None
    return mapping


def _note_unknown(document: Mapping[str, Any], place: str, loaded: Loaded) -> None:
    for name in document:
        if name not in _KNOWN_MEMBERS and not str(name).startswith("@odata"):
            loaded.note(place, gettext_noop("The member %(name)s is not known."), name=str(name)[:100])
    flow_type = _text(document.get("flowType")) or "Always"
    if flow_type not in FLOW_TYPES:
        loaded.note(
            place, gettext_noop("The flow type %(name)s is not supported: Always is used."), name=flow_type[:100]
        )
    if document.get("flowBehavior") == "FlowAlways":
        loaded.note(place, gettext_noop("FlowAlways is not supported: values are sent when they change."))


def _source(source: Any) -> tuple[Kind, str]:
    """The kind of a mapping and its value; SchemaError."""
    if source is None or source == {}:
        return Kind.NONE, ""
    if not isinstance(source, Mapping):
        raise SchemaError(Message(gettext_noop("The source is not an object.")))
    kind, name = source.get("type") or "Attribute", _text(source.get("name"))
    if kind == "Attribute":
        return Kind.DIRECT, name
    if kind == "Constant":
        return Kind.CONSTANT, name
    if kind != "Function":
        message = gettext_noop("The source has the type %(type)s, which is not known.")
        raise SchemaError(Message(message, {"type": _text(kind)[:100]}))
    written = _text(source.get("expression"))
    return Kind.EXPRESSION, written or _written(source, MAX_DEPTH)


def _written(source: Any, depth: int) -> str:
    """The expression of a source that has only its parts; SchemaError."""
    if source is None or source == {}:
        return ""
    if not isinstance(source, Mapping) or depth == 0:
        raise SchemaError(Message(gettext_noop("The parameters of the function are not understood.")))
    kind, name = source.get("type") or "Attribute", _text(source.get("name"))
    if kind != "Function":
        return f"[{name}]" if kind == "Attribute" else name if name in WORDS else quoted(name)
    if written := _text(source.get("expression")):
        return written
    parameters = source.get("parameters") or []
    if not isinstance(parameters, list) or not all(isinstance(each, Mapping) for each in parameters):
        raise SchemaError(Message(gettext_noop("The parameters of the function are not understood.")))
    arguments = [(_text(each.get("key")), _written(each.get("value"), depth - 1)) for each in parameters]
    return f"{name}({', '.join(_in_order(name, arguments))})"


def _in_order(name: str, arguments: list[tuple[str, str]]) -> list[str]:
    """Arguments by their keys, because empty ones are left out; in the given order if the keys are not the names."""
    function = FUNCTIONS.get(name)
    if function is None:
        return [text for _, text in arguments]
    single = function.parameters[: len(function.parameters) - function.repeating]
    by_key: dict[str, str] = {}
    rest: list[str] = []
    for key, text in arguments:
        known = _OTHER_KEYS.get(key, key)
        if known in by_key or known not in {parameter.name for parameter in single}:
            rest.append(text)
        else:
            by_key[known] = text
    if any(parameter.is_required and parameter.name not in by_key for parameter in single):
        return [text for _, text in arguments]
    return [*(by_key.get(parameter.name, "") for parameter in single), *rest]


_OTHER_KEYS = {"Find": "oldValue", "Replacement": "replacementValue"}
"""Keys in Graph's own sample of Replace."""


def _scope(scope: Any, place: str, loaded: Loaded) -> ScopingFilter | None:
    """The filter without groups that are not understood; None if no group is, which must not mean everybody."""
    if not isinstance(scope, Mapping):
        return ScopingFilter()
    for name in ("inputFilterGroups", "categoryFilterGroups"):
        if scope.get(name):
            loaded.note(f"{place}.{name}", gettext_noop("These filters are experimental in Entra and are not read."))
    groups: list[Any] = []
    found = scope.get("groups") or []
    for index, each in enumerate(found if isinstance(found, list) else []):
        try:
            groups.append(ScopingFilter.from_json({"groups": [_group(each)]}).to_json()["groups"][0])
        except ScopeError as error:
            message = gettext_noop("The scoping filter was left out: %(reason)s")
            loaded.note(f"{place}.groups[{index}]", message, reason=error.message)
    if found and not groups:
        text = gettext_noop("No scoping filter was understood. The mapping is switched off until you set its scope.")
        loaded.note(place, text)
        return None
    try:
        return ScopingFilter.from_json({"groups": groups})
    except ScopeError as error:
        loaded.note(place, gettext_noop("The scoping filter was left out: %(reason)s"), reason=error.message)
        return None


def _group(document: Any) -> Any:
    if not isinstance(document, Mapping) or not isinstance(document.get("clauses"), list):
        return document
    return {"name": _text(document.get("name")), "clauses": [_clause(each) for each in document["clauses"]]}


def _clause(document: Any) -> Any:
    if not isinstance(document, Mapping):
        return document
    operand = document.get("targetOperand")
    values = operand.get("values") if isinstance(operand, Mapping) else None
    values = [value for value in values if value is not None] if isinstance(values, list) else []
    if len(values) > 1:
        message = gettext_noop("A clause with several values is not supported.")
        raise ScopeError(Message(message), field="value")
    return {
        "attribute": document.get("sourceOperandName"),
        "operator": document.get("operatorName"),
        "value": _text(values[0]) if values else "",
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


# --- export ---
def dump(objects: Sequence[ObjectMapping], target: str) -> dict[str, Any]:
    """The synchronization schema of an application with the name `target`."""
    return {
        "directories": [],
        "synchronizationRules": [
            {
                "editable": True,
                "name": f"{each.source_object.upper()}_OUTBOUND_{each.target_object.upper()}",
                "priority": index,
                "sourceDirectoryName": SOURCE_DIRECTORY,
                "targetDirectoryName": target,
                "objectMappings": [_dumped_object(each)],
            }
            for index, each in enumerate(objects, 1)
        ],
    }


def _dumped_object(each: ObjectMapping) -> dict[str, Any]:
    return {
        "attributeMappings": [_dumped_mapping(mapping) for mapping in each.mappings],
        "enabled": each.is_enabled,
        "flowTypes": ", ".join(each.actions),
        "name": each.name,
        "scope": _dumped_scope(each.scope),
        "sourceObjectName": each.source_object,
        "targetObjectName": each.target_object,
    }


def _dumped_mapping(mapping: AttributeMapping) -> dict[str, Any]:
    flow_types = {when: name for name, when in FLOW_TYPES.items()}
    return {
        "defaultValue": mapping.default or None,
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": flow_types[When(mapping.when)],
        "matchingPriority": mapping.matching or 0,
        "source": _dumped_source(mapping),
        "targetAttributeName": mapping.target,
    }


def _dumped_source(mapping: AttributeMapping) -> dict[str, Any] | None:
    match mapping.kind:
        case Kind.DIRECT:
            return _part(f"[{mapping.value}]", mapping.value, "Attribute")
        case Kind.CONSTANT:
            return _part(quoted(mapping.value), mapping.value, "Constant")
        case Kind.EXPRESSION:
            return _dumped_node(parse(mapping.value).node, mapping.value)
    return None


def _dumped_node(node: Node, text: str) -> dict[str, Any]:
    match node:
        case Call(function, arguments):
            parameters = [
                {"key": function.parameter(index).name, "value": _dumped_node(argument, str(argument))}
                for index, argument in enumerate(arguments)
                if not isinstance(argument, Omitted)
            ]
            return {**_part(text, function.name, "Function"), "parameters": parameters}
        case Reference(name):
            return _part(text, name, "Attribute")
        case Literal(value):
            return _part(quoted(str(value)), str(value), "Constant")
        case Word(name):
            return _part(text, name, "Constant")
        case _:
            return _part(text, text, "Function")


def _part(expression: str, name: str, kind: str) -> dict[str, Any]:
    return {"expression": expression, "name": name, "parameters": [], "type": kind}


def _dumped_scope(scope: ScopingFilter) -> dict[str, Any] | None:
    if not scope.groups:
        return None
    return {
        "categoryFilterGroups": [],
        "groups": [
            {"clauses": [_dumped_clause(clause) for clause in group.clauses], "name": group.name}
            for group in scope.groups
        ],
        "inputFilterGroups": [],
    }


def _dumped_clause(clause: Clause) -> dict[str, Any]:
    return {
        "operatorName": str(clause.operator),
        "sourceOperandName": clause.attribute,
        "targetOperand": {"values": [clause.value] if clause.operator.has_value else []},
    }
