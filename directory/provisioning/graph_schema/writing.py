"""Writes a synchronization schema that Entra can import."""

from collections.abc import Sequence
from typing import Any

from directory.provisioning.expressions import parse
from directory.provisioning.expressions.nodes import Call, Literal, Node, Omitted, Reference, Word, quoted
from directory.provisioning.graph_schema.documents import FLOW_TYPES, ObjectMapping
from directory.provisioning.mapping import AttributeMapping, Kind, When
from directory.provisioning.scope import Clause, ScopingFilter

SOURCE_DIRECTORY = "Azure Active Directory"


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
