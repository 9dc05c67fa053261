"""Plans what to do for one object: the same way for a cycle, a dry run and provisioning on demand.

First `look` says what has to be read from the target, then `decide` says what to do.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from directory.provisioning.changes import Change, Operation, diff
from directory.provisioning.expressions import Context
from directory.provisioning.mapping import AttributeMapping, Target, build
from directory.provisioning.target_paths import Document, member, parse_path
from directory.provisioning.values import Source
from scim.protocol import urns

ACTIVE, MEMBERS, EXTERNAL_ID, DELETED = "active", "members", "externalId", "IsSoftDeleted"


class Kind(StrEnum):
    PERSON = "person"
    GROUP = "group"


class Action(StrEnum):
    CREATE = "create"
    RECREATE = "recreate"
    """The object is linked, but the target no longer has it."""
    LINK = "link"
    """An object of the target matches, and already has the desired values."""
    UPDATE = "update"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"
    UNLINK = "unlink"
    """The object should be removed, and the target no longer has it."""
    SKIP = "skip"
    CONFLICT = "conflict"
    NOTHING = "nothing"


REMOVALS = frozenset({Action.DISABLE, Action.DELETE})


class Reason(StrEnum):
    """Why an object is skipped, removed or in conflict; the texts are in the portal."""

    NONE = ""
    NOT_ENTITLED = "NotEffectivelyEntitled"
    OUT_OF_SCOPE = "OutOfScope"
    DELETED = "DeletedInSource"
    PURGED = "GoneInSource"
    BLOCKED = "DisabledInSource"
    CREATE_OFF = "CreateIsOff"
    UPDATE_OFF = "UpdateIsOff"
    DELETE_OFF = "DeleteIsOff"
    NO_DELETE = "TargetCannotDelete"
    NO_MATCHING_VALUE = "MissingValues"
    MAPPING_FAILED = "MappingFailed"
    SEVERAL = "DuplicateTargetEntries"
    OTHER_PERSON = "AccountOfAnotherObject"
    TAKEN = "DuplicateSourceEntries"


@dataclass(frozen=True, slots=True)
class Local:
    """An object of the directory. `is_entitled`: assigned, or the scope is everybody. `scope`: the deciding filter."""

    kind: Kind
    id: str
    label: str = ""
    source: Source = field(default_factory=dict)
    exists: bool = True
    is_deleted: bool = False
    is_blocked: bool = False
    is_entitled: bool = True
    is_in_scope: bool = True
    scope: str = ""

    @property
    def is_wanted(self) -> bool:
        return self.exists and not self.is_deleted and self.is_entitled and self.is_in_scope

    @property
    def unwanted_because(self) -> Reason:
        if not self.exists:
            return Reason.PURGED
        if self.is_deleted:
            return Reason.DELETED
        return Reason.OUT_OF_SCOPE if self.is_entitled else Reason.NOT_ENTITLED

    @property
    def values(self) -> Source:
        """The source attributes, with the one that Entra computes."""
        if self.kind is Kind.GROUP:
            return self.source
        return {**self.source, DELETED: not self.is_wanted or self.is_blocked}


@dataclass(frozen=True, slots=True)
class Linked:
    """The stored link of an object to its counterpart in the target."""

    remote_id: str
    digest: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """The configuration of an application for one kind of object.

    `disables` and `can_delete` are properties of the target. With `checks_target`, objects whose values have not
    changed since they were sent are also read.
    """

    mappings: tuple[AttributeMapping, ...]
    context: Context
    kind: Kind = Kind.PERSON
    creates: bool = True
    updates: bool = True
    deletes: bool = True
    disables: bool = True
    can_delete: bool = True
    removes_empty: bool = False
    checks_target: bool = False
    targets: dict[tuple[int, bool], tuple[Local, Target]] = field(default_factory=dict, compare=False, repr=False)
    """A cache of `target`, because each object is needed several times. Rules live as long as a batch."""

    @property
    def schema(self) -> str:
        return urns.CORE_USER if self.kind is Kind.PERSON else urns.CORE_GROUP

    @property
    def attributes(self) -> tuple[AttributeMapping, ...]:
        """The mappings without members, which are compared one by one."""
        return tuple(mapping for mapping in self.mappings if str(mapping.path) != MEMBERS)

    def target(self, local: Local, *, creating: bool) -> Target:
        """The desired state of the object in the target."""
        known = self.targets.get((id(local), creating))
        if known is None:
            context = self.context.of(local.id)
            built = build(self.attributes, local.values, context, creating=creating, schema=self.schema)
            known = self.targets[id(local), creating] = (local, built)
        return known[1]


@dataclass(frozen=True, slots=True)
class Found:
    """An object of the target."""

    id: str
    document: Mapping[str, Any]


class Look(StrEnum):
    """What has to be read from the target before a decision."""

    NOTHING = "nothing"
    READ = "read"
    """The linked object, by its id."""
    MATCH = "match"
    """Objects with the matching attributes, by precedence."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for an object. `document` is sent by POST; `changes` by PATCH or PUT."""

    action: Action
    reason: Reason = Reason.NONE
    details: Mapping[str, Any] = field(default_factory=dict)
    remote_id: str = ""
    document: Document = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    """The values that a creation sends, by target path."""
    hidden: frozenset[str] = frozenset()
    """Target paths that logs must not show."""
    digest: str = ""
    is_active: bool = True
    is_late: bool = False
    """Whether a reference could not be resolved yet."""

    @property
    def links(self) -> bool:
        """Whether the object is linked afterwards."""
        return self.action not in {Action.SKIP, Action.CONFLICT, Action.UNLINK, Action.DELETE}


def digest_of(target: Target, *, is_wanted: bool) -> str:
    content = orjson.dumps([target.values, is_wanted], option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def look(rules: Rules, local: Local, link: Linked | None) -> Look:
    """What to read from the target. NOTHING also means that `decide` needs no result."""
    if link is None:
        may = local.is_wanted and not local.is_blocked
        if not may:
            return Look.NOTHING
        target = rules.target(local, creating=True)
        return Look.MATCH if target.matching and not target.failures else Look.NOTHING
    if rules.checks_target and (local.is_wanted or link.is_active):
        return Look.READ
    if not _renames(local) and not local.is_wanted:
        return Look.READ if link.is_active and _removal(rules, local) is None else Look.NOTHING
    if not local.is_wanted and local.kind is Kind.GROUP:
        return Look.READ if _removal(rules, local) is None else Look.NOTHING
    target = rules.target(local, creating=False)
    is_known = digest_of(target, is_wanted=local.is_wanted) == link.digest
    return Look.NOTHING if target.failures or is_known else Look.READ


def decide(rules: Rules, local: Local, link: Linked | None, found: Sequence[Found] | None = None) -> Plan:
    """Decides what to do. `found` is the result for `look`: None if nothing was read, empty if nothing was found."""
    if link is None:
        return _without_link(rules, local, found)
    if not local.is_wanted:
        return _remove(rules, local, link, found)
    target = rules.target(local, creating=False)
    if target.failures:
        return _failed(target, link.remote_id)
    digest = digest_of(target, is_wanted=True)
    if found is None:
        return Plan(Action.NOTHING, remote_id=link.remote_id, digest=digest, is_active=link.is_active)
    if not found:
        return _create(rules, local, Action.RECREATE)
    return _update(rules, link, found[0], target)


# --- without a link ---
def _without_link(rules: Rules, local: Local, found: Sequence[Found] | None) -> Plan:
    if not local.is_wanted:
        return Plan(Action.SKIP, local.unwanted_because, {"scope": local.scope} if local.scope else {})
    if local.is_blocked:
        return Plan(Action.SKIP, Reason.BLOCKED)
    target = rules.target(local, creating=True)
    if target.failures:
        return _failed(target)
    if not target.matching:
        return Plan(Action.SKIP, Reason.NO_MATCHING_VALUE)
    if not found:
        return _create(rules, local, Action.CREATE)
    if len(found) > 1:
        return Plan(Action.CONFLICT, Reason.SEVERAL, {"ids": [each.id for each in found[:5]]})
    theirs, own = member(found[0].document, EXTERNAL_ID), target.values.get(EXTERNAL_ID)
    if theirs and own and str(theirs) != str(own):
        details = {"external_id": str(theirs)[:200], "name": _name(found[0].document), "id": found[0].id}
        return Plan(Action.CONFLICT, Reason.OTHER_PERSON, details)
    return _update(rules, None, found[0], rules.target(local, creating=False))


def _create(rules: Rules, local: Local, action: Action) -> Plan:
    if not rules.creates:
        return Plan(Action.SKIP, Reason.CREATE_OFF)
    target = rules.target(local, creating=True)
    if target.failures:
        return _failed(target)
    known = rules.target(local, creating=False)
    return Plan(
        action,
        document=target.document,
        values=target.values,
        hidden=_hidden(target),
        digest=digest_of(known, is_wanted=True),
        is_active=target.values.get(ACTIVE) is not False,
        is_late=bool(target.unresolved),
    )


# --- with a link, or a match ---
def _update(rules: Rules, link: Linked | None, remote: Found, target: Target) -> Plan:
    changes = tuple(diff(rules.attributes, target, remote.document, removes_empty=rules.removes_empty))
    is_active = target.values.get(ACTIVE) is not False
    plan = Plan(
        _action(link, remote, is_active=is_active, changes=changes),
        remote_id=remote.id,
        changes=changes,
        hidden=_hidden(target),
        digest=digest_of(target, is_wanted=True),
        is_active=is_active,
        is_late=bool(target.unresolved),
    )
    if changes and not rules.updates:
        return Plan(Action.SKIP, Reason.UPDATE_OFF, remote_id=remote.id)
    return plan


def _action(link: Linked | None, remote: Found, *, is_active: bool, changes: Sequence[Change]) -> Action:
    if not changes:
        return Action.NOTHING if link else Action.LINK
    was_active = member(remote.document, ACTIVE) is not False
    if was_active != is_active and any(change.path.lower() == ACTIVE for change in changes):
        return Action.ENABLE if is_active else Action.DISABLE
    return Action.UPDATE


# --- removal ---
def _removal(rules: Rules, local: Local) -> Action | None:
    """How an unwanted object is removed without reading it; None if it is changed instead."""
    deletes = local.kind is Kind.GROUP or not local.exists or not rules.disables
    return Action.DELETE if deletes else None


def _renames(local: Local) -> bool:
    """Whether the object gets its tombstone name, which frees the address for another person."""
    return local.kind is Kind.PERSON and local.exists and local.is_deleted


def _remove(rules: Rules, local: Local, link: Linked, found: Sequence[Found] | None) -> Plan:
    because = local.unwanted_because
    if found is not None and not found:
        return Plan(Action.UNLINK, because, remote_id=link.remote_id)
    if _removal(rules, local) is Action.DELETE:
        return _delete(rules, local, link, because)
    if found is None:
        return Plan(Action.NOTHING, because, remote_id=link.remote_id, digest=link.digest, is_active=False)
    if not rules.updates:
        return Plan(Action.SKIP, Reason.UPDATE_OFF, remote_id=link.remote_id)
    target = rules.target(local, creating=False)
    if target.failures and _renames(local):
        return _failed(target, link.remote_id)
    changes = _leaving(rules, target, found[0], renames=_renames(local))
    digest = digest_of(target, is_wanted=False)
    if not changes:
        return Plan(Action.NOTHING, because, remote_id=link.remote_id, digest=digest, is_active=False)
    return Plan(
        Action.DISABLE if link.is_active else Action.UPDATE,
        because,
        remote_id=link.remote_id,
        changes=tuple(changes),
        hidden=_hidden(target),
        digest=digest,
        is_active=False,
    )


def _delete(rules: Rules, local: Local, link: Linked, because: Reason) -> Plan:
    is_person = local.kind is Kind.PERSON
    if not is_person or link.is_active or not local.exists:
        if not rules.deletes:
            return Plan(Action.SKIP, Reason.DELETE_OFF, remote_id=link.remote_id)
        if is_person and not rules.can_delete:
            return Plan(Action.UNLINK, Reason.NO_DELETE, remote_id=link.remote_id)
        return Plan(Action.DELETE, because, remote_id=link.remote_id, is_active=False)
    return Plan(Action.NOTHING, because, remote_id=link.remote_id, is_active=False)


def _leaving(rules: Rules, target: Target, remote: Found, *, renames: bool) -> list[Change]:
    """A deleted person gets the tombstone name and `active: false` in one request, others get only the latter."""
    changes = diff(rules.attributes, target, remote.document, removes_empty=rules.removes_empty)
    if not renames:
        changes = [change for change in changes if change.path.lower() == ACTIVE]
    was = member(remote.document, ACTIVE)
    if target.values.get(ACTIVE) is not False:
        changes = [change for change in changes if change.path.lower() != ACTIVE]
        if was is not False:
            changes.append(Change(Operation.REPLACE, ACTIVE, False, was))
    return changes


def _hidden(target: Target) -> frozenset[str]:
    secret = {path for path in target.values if parse_path(path).is_write_only}
    return frozenset(target.redacted | secret)


def _failed(target: Target, remote_id: str = "") -> Plan:
    failures = {failure.target: str(failure.message) for failure in target.failures[:10]}
    return Plan(Action.CONFLICT, Reason.MAPPING_FAILED, {"failures": failures}, remote_id=remote_id)


def _name(document: Mapping[str, Any]) -> str:
    return str(member(document, "displayName") or member(document, "userName") or "")[:200]
