"""Checks that the token belongs to the organization in the URL, and that its scopes allow the method."""

from uuid import UUID

from controlhub.models import Scope
from scim.api.authentication import Caller
from scim.protocol.errors import Forbidden, NotFound

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def require_organization(caller: Caller, organization_id: UUID) -> None:
    """Raises NotFound for the URL of another organization."""
    if caller.organization.id != organization_id:
        raise NotFound("There is no such organization.")


def require_scope(caller: Caller, method: str, *, searching: bool = False) -> None:
    """Raises Forbidden unless the token has the scope for this method. Write access includes read access."""
    reading = method in READING or searching
    if Scope.SCIM_WRITE in caller.scopes or (reading and Scope.SCIM_READ in caller.scopes):
        return
    needed = Scope.SCIM_READ if reading else Scope.SCIM_WRITE
    raise Forbidden(f"This request needs a token with the scope {needed}.")
