"""The purge permanently deletes users who are due, in batches, within limits, and never twice (decision 0017).

A sweep processes the organizations one by one. A run above the daily limit is staged and waits for an administrator. A
legal hold keeps all users. Times are by the database's clock. Concurrent sweeps share the work: each batch locks the
organization and checks the limit again, so no lock outlives a transaction (docs/decisions/0040).
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Expression, F, Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.actor import SYSTEM, Actor
from audit.record import EventContent, record
from audit.vocabulary import AuditAction
from controlhub.actions.mail import mail_admins
from controlhub.actions.organizations import audit_target
from controlhub.actions.users.purge import purge_user
from controlhub.errors import InvalidSettingError, LastFullAdminError
from controlhub.models import Cause, Organization, Permission, PurgeRun, PurgeState, User
from controlhub.sql import burst_limits, memberships

BATCH = 100
CAP_PER_RUN = 10_000


@dataclass(frozen=True, slots=True)
class Purged:
    """The result of a run: the numbers of users who were deleted, were due but kept, and wait for an administrator."""

    purged: int = 0
    passed_over: int = 0
    waiting: int = 0

    def __add__(self, other: "Purged") -> "Purged":
        return Purged(self.purged + other.purged, self.passed_over + other.passed_over, self.waiting + other.waiting)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a purge would do in an organization now: the users to delete, or why it waits."""

    users: QuerySet[User]
    due: int
    waits: str = ""


def purge_due_users(organization: Organization | None = None, *, actor: Actor = SYSTEM) -> Purged:
    """Purge users whose retention period has ended, at most `CAP_PER_RUN`. Concurrent runs are safe.

    An error in one organization is raised at the end, after the others were processed.
    """
    done, failures = Purged(), list[Exception]()
    for tenant in _concerned(organization):
        if done.purged + done.passed_over >= CAP_PER_RUN:
            break
        try:
            done += _sweep(tenant, CAP_PER_RUN - done.purged - done.passed_over, actor)
        except Exception as error:
            failures.append(error)
    if failures:
        raise failures[0] if len(failures) == 1 else ExceptionGroup("The purge failed in several places", failures)
    return done


def plan_purge(organization: Organization) -> Plan:
    """Returns what a sweep would do now."""
    runs = PurgeRun.objects.in_organization(organization)
    run = runs.open().first()
    if run and run.state == PurgeState.ALLOWED:
        users = due_users(organization, at=Value(run.staged_at))
        return Plan(users, min(users.count(), run.due - run.purged))
    users = due_users(organization)
    due, today, limit = users.count(), runs.purged_in_a_day(), daily_limit(organization)
    if run and run.state == PurgeState.HELD and due:
        return Plan(users, due, _("Held by {name}").format(name=run.decided_by))
    if due + today > limit:
        return Plan(users, due, _waits(due, today, limit))
    return Plan(users, due)


def _waits(due: int, today: int, limit: int) -> str:
    words = _(
        "Users due: {due}. Deleted within 24 hours: {today}. The limit is {limit}, "
        "so an administrator must allow the rest."
    )
    return words.format(due=due, today=today, limit=limit)


def due_users(organization: Organization, *, at: Expression | None = None) -> QuerySet[User]:
    """Returns users whose retention period has ended, or had ended at the given time, by the database's clock."""
    users = User.objects.in_organization(organization).due_for_purge(at or Now())
    return users.select_related("organization").order_by("deactivated_at", "pk")


def daily_limit(organization: Organization) -> int:
    """Returns the number of users that can be purged in a day without an administrator's decision."""
    return burst_limits.daily_limit(organization.pk, floor=organization.purge_floor, share=organization.purge_share)


@transaction.atomic
def allow_purge(run: PurgeRun, *, due: int, actor: Actor) -> None:
    """Allow the staged run for the `due` users that the administrator saw at the last count.

    The decision is recorded with the administrator's name. InvalidSettingError if the number has changed.
    """
    _decide(run, PurgeState.ALLOWED, AuditAction.PURGE_ALLOWED, actor, due=due)


@transaction.atomic
def hold_purge(run: PurgeRun, *, actor: Actor) -> None:
    """Purge no user of the organization until the run is allowed."""
    _decide(run, PurgeState.HELD, AuditAction.PURGE_HELD, actor)


def _decide(run: PurgeRun, state: PurgeState, event: AuditAction, actor: Actor, *, due: int | None = None) -> None:
    run = PurgeRun.objects.select_for_update(of=("self",)).select_related("organization").get(pk=run.pk)
    if run.state not in {PurgeState.STAGED, PurgeState.HELD}:
        raise InvalidSettingError(_("Another administrator has already decided this."))
    if due is not None and due != run.due:
        raise InvalidSettingError(
            ngettext(
                "There is now {number} user to delete. Review it again.",
                "There are now {number} users to delete. Review them again.",
                run.due,
            ).format(number=run.due)
        )
    before = run.state
    run.state, run.decided_by = state, actor.label
    run.save(update_fields=["state", "decided_by"])
    PurgeRun.objects.filter(pk=run.pk).update(decided_at=Now())
    content = EventContent(before={"state": before}, after={"state": state}, details={"due": run.due})
    record(event, target=audit_target(run.organization), content=content, actor=actor)


def _concerned(organization: Organization | None) -> list[Organization]:
    """Returns the organizations with users who are due, or with an open run that may have ended."""
    due = User.objects.due_for_purge(Now()).values("organization")
    waiting = PurgeRun.objects.all().open().values("organization")
    found = Organization.objects.filter(Q(pk__in=due) | Q(pk__in=waiting)).order_by("pk")
    return list(found.filter(pk=organization.pk) if organization else found)


def _sweep(organization: Organization, cap: int, actor: Actor) -> Purged:
    plan = plan_purge(organization)
    if plan.waits:
        _stage(organization, plan, actor)
        return Purged(waiting=plan.due)
    run = _run_for(organization, plan.due)
    if run is None:
        return Purged()
    limit = daily_limit(organization)
    done, skipped, most = Purged(), set[UUID](), min(cap, plan.due)
    while done.purged + done.passed_over < most:
        size, before = min(BATCH, most - done.purged - done.passed_over), len(skipped)
        batch = _purge_batch(run, plan.users.exclude(pk__in=skipped), skipped, size=size, limit=limit, actor=actor)
        if batch == Purged() and len(skipped) == before:
            break
        done += batch
    if most < cap or done.purged + done.passed_over < most:  # otherwise the cap ended it, and it continues later
        PurgeRun.objects.filter(pk=run.pk).update(state=PurgeState.DONE, changed_at=Now())
    PurgeRun.objects.filter(pk=run.pk, purged=0, staged_at=None).delete()  # another sweep has done everything
    return done


def _stage(organization: Organization, plan: Plan, actor: Actor) -> None:
    """Store that a run waits and send mail about it, once. Update the count each time."""
    with transaction.atomic():
        _lock(organization)
        runs = PurgeRun.objects.in_organization(organization).open()
        runs.filter(state=PurgeState.HELD).update(due=plan.due)
        runs.filter(state=PurgeState.STAGED).update(due=plan.due, staged_at=Now())
        if runs.exists():
            return
        PurgeRun.objects.create(organization=organization, state=PurgeState.STAGED, due=plan.due, staged_at=Now())
        content = EventContent(details={"due": plan.due, "limit": daily_limit(organization)})
        record(AuditAction.PURGE_STAGED, target=audit_target(organization), content=content, actor=actor)
        mail_admins(
            organization,
            Permission.PURGE_USERS,
            subject=lambda: ngettext(
                "{number} user is waiting for permanent deletion",
                "{number} users are waiting for permanent deletion",
                plan.due,
            ).format(number=plan.due),
            template="mail/purge_staged.txt",
            context={"due": plan.due, "limit": daily_limit(organization)},
        )


def _run_for(organization: Organization, due: int) -> PurgeRun | None:
    """Returns the allowed run, or a new one, or None if no user is due. A run that no longer waits is closed."""
    runs = PurgeRun.objects.in_organization(organization).open()
    if allowed := runs.filter(state=PurgeState.ALLOWED).first():
        return allowed
    runs.update(state=PurgeState.DONE, changed_at=Now())
    return PurgeRun.objects.create(organization=organization, due=due) if due else None


@transaction.atomic
def _purge_batch(
    run: PurgeRun, users: QuerySet[User], skipped: set[UUID], *, size: int, limit: int, actor: Actor
) -> Purged:
    """Purge a batch. Rows locked by others are left to the next sweep. Locked rows are checked again for being due.

    The organization is locked against changes of its policies (so a confirmed hold applies immediately) and against
    other sweeps: the number of users who may still be deleted is counted under the lock.
    """
    _lock(run.organization)
    size = min(size, _remaining(run, limit))
    locked = _locked(run.organization, users, skipped, size=size) if size > 0 else []
    passed_over = 0
    for user in locked:
        try:
            purge_user(user, cause=Cause.RETENTION, actor=actor)
        except LastFullAdminError:
            skipped.add(user.pk)
            passed_over += 1
    purged = len(locked) - passed_over
    PurgeRun.objects.filter(pk=run.pk).update(purged=F("purged") + purged, changed_at=Now())
    return Purged(purged, passed_over)


def _locked(organization: Organization, users: QuerySet[User], skipped: set[UUID], *, size: int) -> list[User]:
    """Returns the next users, locked after their groups. Users that others have locked are skipped."""
    ids = list(users.values_list("pk", flat=True)[:size])
    memberships.hold_groups_of(organization.pk, ids)
    locked = list(users.select_for_update(of=("self",), skip_locked=True).filter(pk__in=ids))
    skipped.update(set(ids) - {user.pk for user in locked})
    return locked


def _lock(organization: Organization) -> None:
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)


def _remaining(run: PurgeRun, limit: int) -> int:
    """Returns the number of users that a run may still delete. Other sweeps count, too."""
    if run.state == PurgeState.ALLOWED:
        run.refresh_from_db(fields=["due", "purged"])
        return run.due - run.purged
    return limit - PurgeRun.objects.in_organization(run.organization).purged_in_a_day()
