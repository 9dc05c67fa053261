"""Records refusals because of the actor's role: giving or removing a higher role, and opening pages.

A job changes many users: it records one event for each reason, and its problems list the users. Reasons are recorded in
English, and pages translate them.
"""

from collections.abc import Iterable

from audit.actor import Actor
from audit.models import AuditEvent
from audit.personal import attach
from audit.record import EventContent, Target, record
from audit.vocabulary import AuditAction, Result, TargetType
from controlhub.actions.repeats import Happening, record_if_possible
from controlhub.errors import PermissionMissingError, RoleTooHighError
from controlhub.models import Account
from controlhub.text.languages import in_english


class RefusedRoleError(RoleTooHighError):
    """A RoleTooHighError with its actor and target, so that the refusal can be recorded after the rollback."""

    def __init__(self, actor: Actor, target: Target, *, field: str | None = None) -> None:
        self.actor, self.target = actor, target
        super().__init__(field=field)

    @property
    def reason(self) -> str:
        """The message in English, as it is stored in events."""
        return in_english(self.default_message)


def record_refusal(error: Exception) -> None:
    """Record the refusal of a RefusedRoleError. Other errors are ignored.

    Call it after the transaction of the refused action has ended. Within that transaction, the event would be rolled
    back.
    """
    if isinstance(error, RefusedRoleError):
        content = EventContent(result=Result.FAILURE, reason=error.reason)
        record(AuditAction.ROLE_REFUSED, target=error.target, content=content, actor=error.actor)


def record_refusals_of_job(reasons: Iterable[str], *, target: Target, actor: Actor) -> None:
    """Record those of the reasons, in English, that the job (`target`) has not recorded yet."""
    wanted = set(reasons)
    if not wanted:
        return
    refused = AuditEvent.objects.filter(organization_id=target.organization_id, action=AuditAction.ROLE_REFUSED)
    for reason in sorted(wanted - {event.reason for event in attach(refused.filter(target_id=target.id))}):
        content = EventContent(result=Result.FAILURE, reason=reason)
        record(AuditAction.ROLE_REFUSED, target=target, content=content, actor=actor)


def note_refused_page(account: Account, page: str, *, actor: Actor) -> None:
    """Record that an administrator's role does not allow a page. The page has its name in `controlhub.portal.urls`."""
    target = Target(account.user.organization_id, TargetType.PAGE, page, page)
    content = EventContent(result=Result.FAILURE, reason=in_english(PermissionMissingError.default_message))
    same = (account.pk, page)
    record_if_possible([Happening(AuditAction.PAGE_REFUSED, target, actor, same, content)])
