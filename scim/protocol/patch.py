"""PATCH as a function that takes operations and a document, and returns a new document (RFC 7644 §3.5.2).

`detached` lists attributes that are stored outside the document (the members of a group). Operations on them are
returned to the caller, so that no member has to be loaded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scim.protocol.attribute_patch import AttributePatch
from scim.protocol.attribute_removal import AttributeRemoval
from scim.protocol.attribute_values import is_nothing, require_known
from scim.protocol.errors import InvalidPath, InvalidValue, Mutability
from scim.protocol.grammar import parse_patch_path, split_urn
from scim.protocol.leniency import Leniency, Tolerance
from scim.protocol.messages import MISSING, Op, Operation
from scim.protocol.nodes import Node, PatchPath
from scim.protocol.schemas import Attribute, Document, Json, ResourceSchema, Target
from scim.protocol.schemas import Mutability as Changes
from scim.protocol.validate import clean_values, finish, require_allowed, unwrapped_object
from scim.protocol.values import copied
from scim.protocol.work import Work


@dataclass(frozen=True, slots=True)
class DetachedOperation:
    """An operation on an attribute outside the document. `values` are cleaned elements.

    For a removal with both a `condition` and `values`, the caller must check that they select the same elements.
    """

    op: Op
    condition: Node | None
    values: list[Json]
    has_value: bool


@dataclass(frozen=True, slots=True)
class Patched:
    document: Document
    detached: dict[str, list[DetachedOperation]] = field(default_factory=dict)


def apply(
    operations: list[Operation],
    document: Document,
    schema: ResourceSchema,
    leniency: Leniency,
    detached: frozenset[str] = frozenset(),
    work: Work | None = None,
) -> Patched:
    """Apply all operations in order, or raise the first error. `work` counts the work of the whole request."""
    patcher = _Patcher(copied(document), schema, leniency, detached, work or Work())
    for operation in operations:
        patcher.run(operation)
    return Patched(finish(patcher.document, schema), patcher.detached)


@dataclass
class _Patcher:
    document: Document
    schema: ResourceSchema
    leniency: Leniency
    detached_names: frozenset[str]
    work: Work
    detached: dict[str, list[DetachedOperation]] = field(default_factory=dict)

    def run(self, operation: Operation) -> None:
        if operation.path is None:
            for path, value in self._members(operation.value):
                self._run_at(operation.op, path, value, explicit=False)
        else:
            self._run_at(operation.op, parse_patch_path(operation.path), operation.value, explicit=True)

    def _members(self, value: Json) -> Iterator[tuple[PatchPath, Json]]:
        """The members of a value without a path. Keys may be names, URNs, or whole paths (Entra)."""
        value = unwrapped_object(value, self.leniency)
        if not isinstance(value, Mapping):
            raise InvalidValue("Without 'path', 'value' must be an object with attributes.")
        self.work.operate(len(value))
        for key, item in value.items():
            if key.lower() == "schemas":
                continue
            if any(sign in split_urn(key)[1] for sign in ".[") and not self.schema.extension(key):
                require_allowed(self.leniency, Tolerance.DOTTED_KEY, f"'{key}' is not an attribute name. Use 'path'.")
            yield parse_patch_path(key), item

    def _run_at(self, op: Op, path: PatchPath, value: Json, *, explicit: bool) -> None:
        target = self.schema.resolve(path.path)
        if target is not None and target.has_dotted_urn and not self.leniency.allows(Tolerance.URN_WITH_DOT):
            raise InvalidPath(f"Put a colon between the URN and the attribute in '{path.path}'.")
        if target is None:
            if explicit:
                raise InvalidPath(f"There is no attribute '{path.path}'.")
            require_allowed(self.leniency, Tolerance.UNKNOWN_ATTRIBUTE, f"There is no attribute '{path.path}'.")
            return
        if target.attribute is None:
            self._whole_extension(op, str(target.extension), value)
            return
        if path.condition and target.sub:
            raise InvalidPath(f"'{path.path}' is a sub-attribute and cannot have a value filter.")
        if _is_read_only(target):
            if explicit:
                raise Mutability(f"'{path.path}' is read-only.")
            return
        if target.attribute.name in self.detached_names and target.extension is None:
            self._detach(op, path, target, value)
            return
        self._change(op, path, target, target.attribute, value)

    def _change(self, op: Op, path: PatchPath, target: Target, attribute: Attribute, value: Json) -> None:
        holder = self.document if target.extension is None else self.document.setdefault(target.extension, {})
        if op is Op.REMOVE:
            AttributeRemoval(holder, attribute, self.leniency, self.work).remove(path, target, value)
        else:
            AttributePatch(holder, attribute, self.leniency, self.work).change(op, path, target, value)
        if target.extension and not self.document[target.extension]:
            del self.document[target.extension]

    def _whole_extension(self, op: Op, urn: str, value: Json) -> None:
        extension = self.schema.extension(urn)
        assert extension is not None  # noqa: S101 — resolve() named it
        if op is Op.ADD and value is None:
            return
        if op is Op.REMOVE or value is None:
            self.document.pop(urn, None)
            return
        value = unwrapped_object(value, self.leniency)
        if not isinstance(value, Mapping):
            raise InvalidValue(f"'{urn}' must be an object.")
        self.work.operate(len(value))
        for name, item in value.items():
            if "." in name:
                require_allowed(self.leniency, Tolerance.DOTTED_KEY, f"'{name}' is not an attribute name. Use 'path'.")
            self._run_at(op, parse_patch_path(f"{urn}:{name}"), item, explicit=False)

    def _detach(self, op: Op, path: PatchPath, target: Target, value: Json) -> None:
        attribute = target.attribute
        assert attribute is not None  # noqa: S101
        if path.condition:
            require_known(path.condition, attribute)
            if op is Op.ADD:
                raise InvalidPath(f"'add' to '{path.path}' does not accept a filter. Put the members into 'value'.")
        if target.sub or path.sub:
            raise Mutability(
                f"'{path.path}' cannot be changed in an existing value. Remove the value and add a new one."
            )
        has_value = value is not MISSING and value is not None
        if op is Op.REMOVE and path.condition and is_nothing(value, attribute, self.leniency):
            has_value = False
        values = clean_values(value, attribute, self.leniency) if has_value else []
        if op is Op.REMOVE and has_value:
            require_allowed(self.leniency, Tolerance.REMOVE_WITH_VALUE, "'remove' takes no 'value'; use a filter.")
        operation = DetachedOperation(op, path.condition, values, has_value)
        self.detached.setdefault(attribute.name, []).append(operation)


def _is_read_only(target: Target) -> bool:
    return any(part is not None and part.mutability is Changes.READ_ONLY for part in (target.attribute, target.sub))
