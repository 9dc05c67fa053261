"""Keeps a user longer: by a legal hold, or by extending the retention period."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from audit.actor import Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.roles import require_covers
from controlhub.actions.users.lifecycle import lock
from controlhub.actions.users.target import audit_target
from controlhub.errors import InvalidSettingError, NotInactiveError
from controlhub.models import User, retention

MAX_EXTENSION = 365
MAX_REASON = 500


@transaction.atomic
def hold_user(user: User, *, reason: str, actor: Actor) -> User:
    """Keep a user from the purge, regardless of the retention period, until `release_user`."""
    reason = require_reason(reason)
    user = lock(user)
    require_covers(actor, user)
    content = EventContent(before={"hold": user.hold_reason}, after={"hold": reason})
    User.objects.filter(pk=user.pk).update(hold_reason=reason)
    record(AuditAction.USER_HELD, target=audit_target(user), content=content, actor=actor)
    user.hold_reason = reason
    return user


@transaction.atomic
def release_user(user: User, *, actor: Actor) -> User:
    """End the hold, if there is one."""
    user = lock(user)
    require_covers(actor, user)
    if user.hold_reason:
        content = EventContent(before={"hold": user.hold_reason})
        User.objects.filter(pk=user.pk).update(hold_reason="")
        record(AuditAction.USER_RELEASED, target=audit_target(user), content=content, actor=actor)
        user.hold_reason = ""
    return user


@transaction.atomic
def extend_user(user: User, *, days: int, actor: Actor) -> User:
    """Postpone the permanent deletion of an Inactive user by this many days. NotInactiveError if the user is Active."""
    if not 1 <= days <= MAX_EXTENSION:
        raise InvalidSettingError(_("Extend by 1 to {days} days.").format(days=MAX_EXTENSION), field="days")
    user = lock(user)
    before = retention.ends_at(user)
    if before is None:
        raise NotInactiveError(_("The user is Active and has no retention period to extend."))
    require_covers(actor, user)
    user.extended_until = max(before, user.locked_at) + timedelta(days=days)
    User.objects.filter(pk=user.pk).update(extended_until=user.extended_until)
    content = EventContent(
        before={"permanent deletion": before.isoformat()}, after={"permanent deletion": user.extended_until.isoformat()}
    )
    record(AuditAction.USER_EXTENDED, target=audit_target(user), content=content, actor=actor)
    return user


def require_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        raise InvalidSettingError(
            _("A reason of at most {number} characters is required.").format(number=MAX_REASON), field="reason"
        )
    return reason
