"""Attempts to give or take a role above one's own: each is refused, and the refusal is recorded."""

from audit.actor import Actor
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, Result
from controlhub.errors import RoleTooHighError


class RefusedRoleError(RoleTooHighError):
    """A RoleTooHighError that knows who tried it on what, so that the refusal can be recorded after the rollback."""

    def __init__(self, actor: Actor, target: Target, *, field: str | None = None) -> None:
        self.actor, self.target = actor, target
        super().__init__(field=field)


def record_refusal(error: Exception) -> None:
    """Record the refusal of a RefusedRoleError; other errors are ignored.

    The surfaces call it when the transaction of the refused action has ended: within it, the event would be undone.
    """
    if isinstance(error, RefusedRoleError):
        content = EventContent(result=Result.FAILURE, reason=error.message)
        record(AuditAction.ROLE_REFUSED, target=error.target, content=content, actor=error.actor)
