"""Converts the desired state of an object into changes, and changes into the requests that are sent to the target.

Source of Entra's two dialects of PATCH: entra-docs, application-provisioning-config-problem-scim-compatibility.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from directory.provisioning.mapping import AttributeMapping, Target
from directory.provisioning.target_paths import Document, TargetPath, key_of, parse_path
from directory.provisioning.target_values import is_same, lacking
from directory.provisioning.values import is_empty
from scim.protocol import urns

READ_ONLY = ("meta", "groups")
"""The members that a document for PUT leaves out."""


class Operation(StrEnum):
    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


class Dialect(StrEnum):
    """The form of PATCH requests that a target expects.

    ENTRA: what Entra sends: `"Replace"`, one path for each value, `"False"` for Booleans.
    AAD_OPT: what Entra sends with this flag: lower case, Booleans, one object of dotted names without a path.
    RFC: RFC 7644 to the letter: an element that does not exist is added as a whole, a reference is an object.
    """

    ENTRA = "entra"
    AAD_OPT = "aadOptscim062020"
    RFC = "rfc7644"


@dataclass(frozen=True)
class Change:
    """One value that the target gains or loses. `old` is what the target had, None if nothing.

    With `makes_element`, the target has no element that matches the filter of the path, so the value creates one.
    """

    operation: Operation
    path: str
    new: Any = None
    old: Any = None
    makes_element: bool = False

    def inverse(self) -> "Change":
        """The change that restores the previous value."""
        if is_empty(self.old):
            return Change(Operation.REMOVE, self.path, None, self.new)
        operation = Operation.ADD if self.operation == Operation.REMOVE else Operation.REPLACE
        return Change(operation, self.path, self.old, self.new)

    def to_json(self) -> dict[str, Any]:
        document = {"operation": str(self.operation), "path": self.path, "new": self.new, "old": self.old}
        return document | ({"makes_element": True} if self.makes_element else {})

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Change":
        """The change in a document that `to_json` wrote; raises KeyError or ValueError for any other document."""
        return cls(
            Operation(document["operation"]),
            document["path"],
            document.get("new"),
            document.get("old"),
            document.get("makes_element", False),
        )


def diff(
    mappings: Sequence[AttributeMapping],
    desired: Target,
    remote: Mapping[str, Any],
    *,
    removes_empty: bool = False,
) -> list[Change]:
    """The changes that make the owned values of a target's document those of `desired`.

    With `removes_empty`, an empty value is removed from the target. Without it, it is not sent, as in Entra.
    """
    failed = {failure.target for failure in desired.failures}
    changes: list[Change] = []
    for mapping in mappings:
        key = str(mapping.path)
        if not mapping.owns(creating=False) or key in desired.ignored | desired.unresolved or mapping.target in failed:
            continue
        change = _change(mapping, desired.values.get(key), remote, removes_empty)
        if change:
            changes.append(change)
    return changes


def _change(mapping: AttributeMapping, new: Any, remote: Mapping[str, Any], removes_empty: bool) -> Change | None:
    path = mapping.path
    old = path.read(remote)
    if is_empty(new):
        if not removes_empty or is_empty(old) or path.is_required or mapping.is_additive:
            return None
        return Change(Operation.REMOVE, str(path), None, old)
    if mapping.is_additive:
        missing = lacking(new, old)
        return Change(Operation.ADD, str(path), missing, old) if missing else None
    if is_empty(old):
        makes_element = bool(path.filters) and path.element(remote) is None
        return Change(Operation.ADD, str(path), new, makes_element=makes_element)
    if is_same(new, old, path, case_exact=mapping.case_exact, type_=mapping.type):
        return None
    return Change(Operation.REPLACE, str(path), new, old)


# --- requests ---
def patch(changes: Sequence[Change], dialect: Dialect) -> Document:
    """The body of a PATCH request (RFC 7644 §3.5.2) in a dialect."""
    operations = {Dialect.ENTRA: _entra, Dialect.AAD_OPT: _aad_opt, Dialect.RFC: _rfc}[dialect](changes)
    return {"schemas": [urns.PATCH_OP], "Operations": operations}


def _entra(changes: Sequence[Change]) -> list[Document]:
    """One operation for each change. Booleans are strings, and a reference is only the id."""
    return [_operation(change, str(change.operation).capitalize(), _legacy(change.new)) for change in changes]


def _legacy(value: Any) -> Any:
    return str(value) if isinstance(value, bool) else _flat(value)


def _flat(value: Any) -> Any:
    """`{"value": id}` as the id, which is how Entra sends a manager."""
    return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value


def _aad_opt(changes: Sequence[Change]) -> list[Document]:
    """Changes with a filter keep their path. Two or more other changes with the same operation share an object."""
    plain = {operation: _sharing(changes, operation) for operation in (Operation.ADD, Operation.REPLACE)}
    shared = {operation: found for operation, found in plain.items() if len(found) > 1}
    apart = [change for change in changes if change not in shared.get(change.operation, ())]
    operations = [_operation(change, str(change.operation), _flat(change.new)) for change in apart]
    for operation, found in shared.items():
        value = {change.path: _flat(change.new) for change in found}
        operations.append({"op": str(operation), "value": value})
    return operations


def _sharing(changes: Sequence[Change], operation: Operation) -> list[Change]:
    return [
        change
        for change in changes
        if change.operation == operation and not parse_path(change.path).filters and not isinstance(change.new, list)
    ]


def _rfc(changes: Sequence[Change]) -> list[Document]:
    """Like `aadOptscim062020`, but each change has a path, and new elements are added as a whole."""
    operations: list[Document] = []
    elements: dict[str, dict[TargetPath, Document]] = {}
    for change in changes:
        path = parse_path(change.path)
        if change.makes_element and path.sub:
            holder = f"{path.urn}:{path.name}" if path.urn else path.name
            element = TargetPath(path.name, "", path.urn, path.filters)
            elements.setdefault(holder, {}).setdefault(element, dict(path.filters))[path.sub] = change.new
        else:
            operations.append(_operation(change, str(change.operation), change.new))
    for holder, found in elements.items():
        operations.append({"op": "add", "path": holder, "value": list(found.values())})
    return operations


def _operation(change: Change, name: str, value: Any) -> Document:
    operation: Document = {"op": name, "path": change.path}
    if change.operation != Operation.REMOVE:
        operation["value"] = value
    return operation


def apply(document: Mapping[str, Any], changes: Iterable[Change]) -> Document:
    """A copy of a document with the changes applied."""
    changed = copy.deepcopy(dict(document))
    for change in changes:
        path = parse_path(change.path)
        value = change.new
        if change.operation == Operation.ADD and isinstance(value, list):
            present = path.read(changed)
            value = [*(present if isinstance(present, list) else []), *value]
        path.write(changed, copy.deepcopy(value))
    return changed


def put(document: Mapping[str, Any], changes: Iterable[Change]) -> Document:
    """The body of a PUT request: what the target returned, with the changes and without read-only members."""
    changed = apply(document, changes)
    for name in READ_ONLY:
        changed.pop(key_of(changed, name), None)
    schemas = changed.get(key := key_of(changed, "schemas"))
    schemas = list(schemas) if isinstance(schemas, list) else []
    known = {str(schema).lower() for schema in schemas}
    extensions = [name for name in changed if name.lower().startswith("urn:") and name.lower() not in known]
    changed[key] = [*schemas, *extensions]
    return changed
