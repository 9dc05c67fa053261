"""May this caller do this here: the token's organization is the URL's, and its scopes allow the method."""

from uuid import UUID

from controlhub.models import Scope
from scim.api.authentication import Caller
from scim.protocol.errors import Forbidden, NotFound

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def require_organization(caller: Caller, organization_id: UUID) -> None:
    """Another organization's address does not exist for this caller: NotFound."""
    if caller.organization.id != organization_id:
        raise NotFound("There is no such organization.")


def require_scope(caller: Caller, method: str, *, searching: bool = False) -> None:
    """Forbidden unless the token has the scope of this method; writing includes reading."""
    reading = method in READING or searching
    if Scope.SCIM_WRITE in caller.scopes or (reading and Scope.SCIM_READ in caller.scopes):
        return
    needed = Scope.SCIM_READ if reading else Scope.SCIM_WRITE
    raise Forbidden(f"This request needs a token with the scope {needed}.")
