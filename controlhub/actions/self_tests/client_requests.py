"""The requests of a conversation, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from controlhub.models.self_tests import StepName

DOMAIN = "control-hub-self-test.invalid"
"""A reserved domain in which no address exists (RFC 2606 §2)."""
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """One request as its client sends it, and what the response must contain.

    `expect` has values by path, such as `emails.0.value`; if names contain dots, parts are separated by `|`. `absent`
    are paths that must have no value. `save` stores values of the response under names, for `${name}` in later
    requests.
    """

    name: StepName
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    expect: Mapping[str, Any] = field(default_factory=dict)
    absent: Sequence[str] = ()
    save: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The requests that a client sends, in order. `source` is the URL of their documentation."""

    source: str
    requests: Sequence[ClientRequest]
    content_type: str = "application/scim+json; charset=utf-8"


def names_of_run() -> dict[str, str]:
    """Returns the values of `${name}`: a user and a group that cannot be confused with real ones."""
    run, external_id = uuid4().hex[:12], str(uuid4())
    return {
        "user_name": f"{run}@{DOMAIN}",
        "new_user_name": f"{run}.renamed@{DOMAIN}",
        "nobody": f"{uuid4()}@{DOMAIN}",
        "external_id": external_id,
        "tombstone": f"{external_id.replace('-', '')}{run}@{DOMAIN}",
        "group_name": f"Control Hub self-test {run}",
        "group_external_id": str(uuid4()),
    }


def patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def by_name(attribute: str, value: str) -> dict[str, str]:
    return {"filter": f'{attribute} eq "{value}"'}
