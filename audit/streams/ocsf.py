"""Events as OCSF 1.6.0 (https://schema.ocsf.io/1.6.0), in category 3, Identity & Access Management.

Account Change [3001] for users, Group Management [3006], Authentication [3002] for sessions, and Entity Management
[3004] for everything else. Values without an OCSF attribute are in `unmapped`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

VERSION = "1.6.0"
CATEGORY = 3
ACCOUNT_CHANGE, AUTHENTICATION, ENTITY_MANAGEMENT, GROUP_MANAGEMENT = 3001, 3002, 3004, 3006
OTHER = 99
SUCCESS, FAILURE = 1, 2
INFORMATIONAL, MEDIUM = 1, 3
NAMELESS = "-"
ACCOUNT = {
    "user.created": 1,
    "user.reactivated": 2,
    "user.restored": 2,
    "password.changed": 3,
    "user.deactivated": 5,
    "user.deleted": 5,
    "user.purged": 6,
    "role.assigned": 7,
    "role.removed": 8,
    "factor.added": 10,
    "factor.removed": 11,
}
"""Create, Enable, Password Change, Disable, Delete, Attach and Detach Policy, MFA Factor Enable and Disable."""
GROUP = {"group.created": 6, "group.deleted": 5, "group.mapped": 1, "group.unmapped": 2}
"""Create, Delete, Assign and Revoke Privileges. Changes of members: 3 and 4, Add and Remove User."""
SESSION = {"session.signed_in": 1, "session.sign_in_failed": 1, "session.signed_out": 2}
"""Logon and Logoff."""
ENTITY = {
    **dict.fromkeys(("added", "created", "issued", "registered", "saved", "started"), 1),
    **dict.fromkeys(("exported", "data_exported", "revealed"), 2),
    **dict.fromkeys(("changed", "updated", "renamed", "extended", "allowed", "noted"), 3),
    **dict.fromkeys(("deleted", "removed", "revoked", "erased"), 4),
    "paused": 12,
    "resumed": 13,
}
"""By the last word of the action: Create, Read, Update, Delete, Suspend, Resume."""


@dataclass(frozen=True, slots=True)
class Place:
    """The class of an event, its activity, and the attributes that only this class has."""

    class_uid: int
    activity: int
    own: Mapping[str, Any]


def to_ocsf(document: Mapping[str, Any], *, position: int, organization: str) -> dict[str, Any]:
    """The OCSF event of an event's document (`audit.documents`)."""
    place = _place(document)
    is_failure = document["result"] == "failure"
    event = {
        "activity_id": place.activity,
        "activity_name": document["activity"],
        "category_uid": CATEGORY,
        "class_uid": place.class_uid,
        "type_uid": place.class_uid * 100 + place.activity,
        "severity_id": MEDIUM if is_failure else INFORMATIONAL,
        "status_id": FAILURE if is_failure else SUCCESS,
        "time": int(datetime.fromisoformat(document["created"]).timestamp() * 1_000),
        "message": document["summary"],
        "metadata": _metadata(document, position, organization),
        "actor": _actor(document["actor"]),
        **place.own,
        "unmapped": {
            name: document[name] for name in ("service", "category", "target", "changes", "details", "parentId")
        },
    }
    if document["reason"]:
        event["status_detail"] = document["reason"]
    if address := document["actor"]["address"]:
        event["src_endpoint"] = {"ip": address}
    return event


def _place(document: Mapping[str, Any]) -> Place:
    action, target = document["action"], document["target"]
    if action in SESSION:
        own = {"user": _named(target), "service": {"name": "Control Hub"}}
        return Place(AUTHENTICATION, SESSION[action], own)
    if target["type"] == "User":
        return Place(ACCOUNT_CHANGE, ACCOUNT.get(action, OTHER), {"user": _named(target)})
    if target["type"] == "Group":
        return Place(GROUP_MANAGEMENT, _group_activity(document), {"group": _named(target)})
    entity = {**_named(target), "type": target["type"]}
    return Place(ENTITY_MANAGEMENT, ENTITY.get(action.rpartition(".")[2], OTHER), {"entity": entity})


def _group_activity(document: Mapping[str, Any]) -> int:
    if document["action"] != "group.members_changed":
        return GROUP.get(document["action"], OTHER)
    sides = [bool((document["details"].get(side) or {}).get("count")) for side in ("added", "removed")]
    return {(True, False): 3, (False, True): 4}.get((sides[0], sides[1]), OTHER)


def _named(what: Mapping[str, Any]) -> dict[str, str]:
    """At least one of id and name, which OCSF requires for users, groups and entities."""
    found = {"uid": what["id"], "name": what["name"]}
    return {name: value for name, value in found.items() if value} or {"name": NAMELESS}


def _actor(actor: Mapping[str, Any]) -> dict[str, Any]:
    """A person as a user, and a client, a command or a job as an application."""
    if actor["kind"] == "admin":
        return {"user": _named(actor)}
    found = _named(actor)
    return {f"app_{name}": value for name, value in found.items()}


def _metadata(document: Mapping[str, Any], position: int, organization: str) -> dict[str, Any]:
    metadata = {
        "version": VERSION,
        "product": {"name": "Control Hub", "vendor_name": "Control Hub"},
        "uid": document["id"],
        "event_code": document["action"],
        "log_name": "audit",
        "sequence": position,
        "tenant_uid": organization,
    }
    if document["requestId"]:
        metadata["correlation_uid"] = document["requestId"]
    if document.get("truncated"):
        metadata["is_truncated"] = True
    return metadata
