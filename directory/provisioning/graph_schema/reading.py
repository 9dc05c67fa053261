"""Reads a synchronization schema that Entra exported, and reports what was not understood."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from directory.provisioning.expressions import FUNCTIONS
from directory.provisioning.expressions.functions.texts import WORDS
from directory.provisioning.expressions.nodes import quoted
from directory.provisioning.graph_schema.documents import ACTIONS, FLOW_TYPES, Loaded, ObjectMapping, SchemaError
from directory.provisioning.mapping import MAX_MAPPINGS, AttributeMapping, Kind, MappingError, When
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.scope import ScopeError, ScopingFilter

MAX_BYTES = 4_194_304
"""The maximum size of a document. Entra's own are below 1 MB."""
MAX_OBJECT_MAPPINGS = 50
MAX_DEPTH = 64
"""The maximum nesting depth of functions in `source.parameters`."""
_KNOWN_MEMBERS = {
    *("defaultValue", "exportMissingReferences", "flowBehavior", "flowType", "matchingPriority", "source"),
    "targetAttributeName",
}


def load(document: bytes | str | Mapping[str, Any]) -> Loaded:
    """The mappings and filters of a synchronization schema; raises SchemaError for anything else."""
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
    """The object mappings of all rules, with their paths in the document."""
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
        loaded.note(place, gettext_noop("A mapping must be an object."))
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
        message = gettext_noop("The mapping of %(target)s was skipped: %(reason)s")
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
    """The kind of a mapping and its value; raises SchemaError."""
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
    """The expression of a source that has only its parts; raises SchemaError."""
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
    """Arguments ordered by key, because empty ones are left out; in the given order if keys are not parameter names."""
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
"""The keys in Graph's own sample of Replace."""


def _scope(scope: Any, place: str, loaded: Loaded) -> ScopingFilter | None:
    """The filter without groups that are not understood; None if no group is, because that must not mean everybody."""
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
            message = gettext_noop("The scoping filter was skipped: %(reason)s")
            loaded.note(f"{place}.groups[{index}]", message, reason=error.message)
    if found and not groups:
        text = gettext_noop(
            "None of the scoping filters could be read. The mapping is turned off until you set its scope."
        )
        loaded.note(place, text)
        return None
    try:
        return ScopingFilter.from_json({"groups": groups})
    except ScopeError as error:
        loaded.note(place, gettext_noop("The scoping filter was skipped: %(reason)s"), reason=error.message)
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
