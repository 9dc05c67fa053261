"""Why a user is Inactive, who ended the user's access, and what happens next."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.actor import ActorKind
from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from controlhub.database import clock
from controlhub.models import Membership, User, retention
from controlhub.models.origins import Origin, OriginKind, origins_of
from controlhub.portal.logged import entries_of
from controlhub.text.readable import plain

LOOKED_AT = 50
"""The event that ended the access is one of this many events from that moment on."""
MOST_GROUPS = 100
ENDINGS = {AuditAction.USER_DEACTIVATED, AuditAction.USER_DELETED}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three steps: what happened, what can be done now, what happens next. `at` is None without a date."""

    css: str
    label: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inactivity:
    """`event` ended the access, and `entry` is its request in the request log; None if they are no longer kept.

    `days` is the length of the retention period with its extension. `days_left` is None while a rule keeps the user.
    """

    heading: str
    text: str
    advice: str
    origin: Origin
    event: AuditEvent | None
    entry: UUID | None
    steps: tuple[Step, ...]
    days_left: int | None
    days: int

    @property
    def share(self) -> int:
        """The percentage of the retention period that is left."""
        return min(100, 100 * (self.days_left or 0) // max(1, self.days))


def inactivity_of(user: User) -> Inactivity | None:
    """Returns None for an Active user. Takes at most five statements."""
    if user.active or user.deactivated_at is None:
        return None
    event = _ending(user)
    origin = origins_of(user.organization, [event])[event.pk] if event else _remembered(user)
    entries = entries_of(user.organization, [event.request_id] if event else [])
    at = event.created_at if event else user.deactivated_at
    days = retention.ends_at(user)
    return Inactivity(
        heading=_heading(user, origin, at),
        text=_text(user, origin),
        advice=_advice(user, origin),
        origin=origin,
        event=event,
        entry=entries.get(event.request_id) if event else None,
        steps=_steps(user),
        days_left=clock.days_until(user.purge_at) if user.purge_at else None,
        days=(days - user.deactivated_at).days if days else 0,
    )


def _ending(user: User) -> AuditEvent | None:
    """The event that deleted a deleted user, or deactivated any other user."""
    events = AuditEvent.objects.in_organization(user.organization).about(user.pk)
    after = events.filter(created_at__gte=user.deactivated_at).order_by("created_at", "id")
    found = [event for event in after[:LOOKED_AT] if event.action in ENDINGS]
    deletions = [event for event in found if event.action == AuditAction.USER_DELETED]
    chosen = deletions if user.is_deleted and deletions else found
    return chosen[0] if chosen else None


def _remembered(user: User) -> Origin:
    """The origin according to the user's columns, if the event no longer exists."""
    kinds = {ActorKind.CLIENT: OriginKind.CONNECTION, ActorKind.ADMIN: OriginKind.PERSON}
    kinds[ActorKind.COMMAND] = OriginKind.COMMAND
    kind = ActorKind(user.deactivated_by_kind) if user.deactivated_by_kind else ActorKind.SYSTEM
    return Origin(kinds.get(kind, OriginKind.SYSTEM), user.deactivated_by)


def _heading(user: User, origin: Origin, at: datetime) -> str:
    words = {"name": plain(origin.product), "date": date_format(localtime(at), "DATE_FORMAT")}
    if origin.is_connection:
        if user.is_deleted:
            return _("Deleted in {name}, {date}").format(**words)
        return _("Sign-in blocked in {name}, {date}").format(**words)
    if not origin.name:
        return (_("Deleted, {date}") if user.is_deleted else _("Inactive since {date}")).format(**words)
    if user.is_deleted:
        return _("Deleted by {name}, {date}").format(**words)
    return _("Deactivated by {name}, {date}").format(**words)


def _text(user: User, origin: Origin) -> str:
    words = {"name": plain(origin.name), "product": plain(origin.product)}
    if not origin.is_connection:
        return _("The user was signed out everywhere, and access tokens were revoked.")
    if user.hidden:
        return _("The connection {name} sent a SCIM DELETE. SCIM clients no longer see this user.").format(**words)
    if user.is_deleted:
        text = _("The connection {name} sent active: false and renamed the account: this is how {product} reports it.")
        return text.format(**words)
    return _("The connection {name} sent active: false. The account still exists in {product}.").format(**words)


def _advice(user: User, origin: Origin) -> str:
    if not (origin.is_connection and origin.id):
        return ""
    text = _("Restore the account in {product} too. If you restore it only here, {product} may block it again.")
    other = _("Unblock the account in {product} too. If you reactivate it only here, {product} may block it again.")
    return (text if user.is_deleted else other).format(product=plain(origin.product))


def _steps(user: User) -> tuple[Step, ...]:
    purge_at = user.purge_at
    until = (
        _("Until {date}").format(date=date_format(localtime(purge_at), "DATE_FORMAT"))
        if purge_at
        else _("No time limit")
    )
    ended = Step("is-done", _("Access ended"), _("Signed out everywhere. Sign-in is blocked."), user.deactivated_at)
    now = Step("is-now", until, _restored(user))
    if purge_at:
        text = _("The user will be permanently deleted. The audit log keeps its entries.")
        return ended, now, Step("is-next", _("Permanent deletion"), text, purge_at)
    return ended, now, Step("is-next", _("No permanent deletion"), plain(user.kept_because))


def _restored(user: User) -> str:
    number = len(user.kept_groups) or _memberships(user)
    shown = f"{MOST_GROUPS}+" if number > MOST_GROUPS else str(number)
    text = ngettext(
        "The profile and {number} group membership can be restored. Access tokens and sessions cannot.",
        "The profile and {number} group memberships can be restored. Access tokens and sessions cannot.",
        number,
    )
    return text.format(number=shown)


def _memberships(user: User) -> int:
    return len(Membership.objects.filter(user=user).values_list("pk")[: MOST_GROUPS + 1])
