"""The purge: exact to the second, within limits, prevented by holds, and never twice."""

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.functions import Now

from audit.models import AuditEvent
from controlhub.actions import purges
from controlhub.actions.organizations import change_policies
from controlhub.actions.outbox import send_due_mail
from controlhub.actions.purges import allow_purge, hold_purge, plan_purge, purge_due_users
from controlhub.actions.users import deactivate_user, delete_user, extend_user, hold_user, reactivate_user, release_user
from controlhub.errors import DomainError, InvalidSettingError, UserGoneError
from controlhub.models import OutgoingMail, PurgedUser, PurgeRun, PurgeState, User
from tests import factories
from tests.threads import at_once


def policies(organization, **changes):
    return change_policies(organization, changes=changes, actor=factories.COMMAND)


def crowd(organization, number, act=delete_user):
    users = [factories.make_user(organization, f"user{index}@example.com") for index in range(number)]
    for user in users:
        act(user, actor=factories.COMMAND)
    return users


def left(organization):
    return User.objects.in_organization(organization).count()


def aged(user, **delta):
    User.objects.filter(pk=user.pk).update(deactivated_at=Now() - timedelta(**delta))


@pytest.mark.django_db(transaction=True)
def test_user_is_not_purged_one_second_early(organization):
    late, early = crowd(organization, 2)
    aged(late, days=30)
    aged(early, days=29, hours=23, minutes=59, seconds=55)
    assert purge_due_users().purged == 1
    assert list(User.objects.values_list("pk", flat=True)) == [early.pk]


@pytest.mark.parametrize(("days", "due"), [(1, 1), (29, 1), (31, 0)])
def test_retention_period_is_that_of_the_organization(organization, at, days, due):
    policies(organization, retention_days=days)
    crowd(organization, 1)
    at(days=30)
    assert purge_due_users().purged == due


def test_only_deleted_users_are_purged_if_configured(organization, at):
    policies(organization, purge_deactivated=False)
    (kept,) = crowd(organization, 1, deactivate_user)
    delete_user(factories.make_user(organization, "gone@example.com"), actor=factories.COMMAND)
    at(days=400)
    assert purge_due_users().purged == 1
    assert User.objects.get().pk == kept.pk


def test_legal_hold_keeps_a_user(organization, scim, portal, at):
    (user,) = crowd(organization, 1)
    hold_user(user, reason="Case 7", actor=factories.COMMAND)
    at(days=400)
    assert purge_due_users().purged == 0
    at()
    answer = portal.post(f"/users/{user.pk}/purge/", {"confirm": "user0@example.com"})
    assert (answer.status_code, "legal hold" in answer.content.decode()) == (409, True)
    assert scim.delete(f"/Users/{user.pk}").status_code == 204, "the directory does not notice"
    assert scim.get(f"/Users/{user.pk}").status_code == 404
    assert User.objects.filter(pk=user.pk).exists()
    release_user(user, actor=factories.COMMAND)
    at(days=400)
    assert purge_due_users().purged == 1
    actions = [event.action for event in AuditEvent.objects.about(user.pk).order_by("created_at", "id")]
    assert actions == ["user.created", "user.deleted", "user.held", "user.deleted", "user.released", "user.purged"]


def test_hold_needs_a_reason(organization):
    with pytest.raises(InvalidSettingError):
        hold_user(factories.make_user(organization), reason="  ", actor=factories.COMMAND)


def test_hold_on_the_organization_keeps_all_users(organization, other_organization, at):
    policies(organization, hold_reason="Investigation")
    crowd(organization, 2)
    crowd(other_organization, 1)
    at(days=31)
    assert purge_due_users().purged == 1
    assert (left(organization), left(other_organization)) == (2, 0)
    policies(organization, hold_reason="")
    assert purge_due_users().purged == 2


def test_extension_postpones_the_purge(organization, at):
    (user,) = crowd(organization, 1)
    extend_user(user, days=10, actor=factories.COMMAND)
    at(days=39)
    assert purge_due_users().purged == 0
    at(days=41)
    assert purge_due_users().purged == 1


def test_extension_ends_when_the_user_is_restored(organization, at):
    (user,) = crowd(organization, 1)
    extend_user(user, days=300, actor=factories.COMMAND)
    reactivate_user(user, actor=factories.COMMAND)
    delete_user(user, actor=factories.COMMAND)
    at(days=31)
    assert purge_due_users().purged == 1


def test_purge_beyond_the_limit_waits_for_an_administrator(organization, admin, at):
    policies(organization, purge_floor=5)
    crowd(organization, 8)
    at(days=31)
    assert purge_due_users() == purge_due_users()
    assert left(organization) == 9
    run = PurgeRun.objects.get()
    assert (run.state, run.due, run.purged) == (PurgeState.STAGED, 8, 0)
    assert [event.details for event in AuditEvent.objects.filter(action="purge.staged")] == [{"due": 8, "limit": 5}]
    assert OutgoingMail.objects.count() == 1, "mailed once, not with every sweep"
    assert send_due_mail() == 1
    assert mail.outbox[0].to == ["neo@example.com"]
    assert "8 users" in mail.outbox[0].body
    assert OutgoingMail.objects.get().body == "", "what was sent is forgotten"

    hold_purge(run, actor=factories.COMMAND)
    assert purge_due_users().waiting == 8
    with pytest.raises(InvalidSettingError, match="There are now 8"):
        allow_purge(run, due=7, actor=factories.COMMAND)
    later = factories.make_user(organization, "later@example.com")
    delete_user(later, actor=factories.COMMAND)
    aged(later, days=11)
    allow_purge(PurgeRun.objects.get(), due=8, actor=factories.COMMAND)
    with pytest.raises(DomainError):
        allow_purge(run, due=8, actor=factories.COMMAND)
    at(days=62)
    assert purge_due_users().purged == 8, "those who were due when it was staged, not who became due since"
    assert (PurgeRun.objects.get().state, PurgeRun.objects.get().purged) == (PurgeState.DONE, 8)
    assert purge_due_users().purged == 1


def test_limit_applies_per_day(organization, at):
    policies(organization, purge_floor=3)
    crowd(organization, 3)
    at(days=31)
    assert purge_due_users().purged == 3
    for user in crowd(organization, 2):
        aged(user, days=31)
    assert (purge_due_users().purged, purge_due_users().waiting) == (0, 2)


def test_limit_grows_with_the_organization(organization, at):
    policies(organization, purge_floor=0, purge_share=50)
    for index in range(6):
        factories.make_user(organization, f"stays{index}@example.com")
    crowd(organization, 6)
    at(days=31)
    assert purge_due_users().purged == 6


def test_dry_run_lists_exactly_the_users_to_be_purged(organization, other_organization, admin, at):
    due = crowd(organization, 3)
    hold_user(due[0], reason="Case 7", actor=factories.COMMAND)
    deactivate_user(factories.make_user(organization, "fresh@example.com"), actor=factories.COMMAND)
    crowd(other_organization, 2)
    at(days=31)
    aged(User.objects.get(user_name_key="fresh@example.com"), days=0)
    User.objects.filter(user_name_key="fresh@example.com").update(extended_until=Now() + timedelta(days=90))
    out = StringIO()
    call_command("purge_users", "--dry-run", "--json", stdout=out)
    announced = {row["id"] for row in json.loads(out.getvalue())}
    there = set(User.objects.values_list("pk", flat=True))
    purge_due_users()
    assert announced == {str(pk) for pk in there - set(User.objects.values_list("pk", flat=True))}
    assert len(announced) == 4


def test_last_administrator_is_skipped_when_due(organization, at):
    account, _ = factories.make_admin(organization)
    User.objects.filter(pk=account.user_id).update(active=False, deactivated_at=Now())
    crowd(organization, 1)
    at(days=31)
    done = purge_due_users()
    assert (done.purged, done.passed_over) == (1, 1)
    assert PurgeRun.objects.get().state == PurgeState.DONE


def test_tombstone_has_no_personal_data(organization, at):
    (user,) = crowd(organization, 1)
    at(days=31)
    purge_due_users()
    gone = PurgedUser.objects.get()
    assert (gone.pk, gone.cause) == (user.pk, "retention")
    assert gone.created_at == user.created_at
    texts = [str(getattr(gone, field.attname)) for field in PurgedUser._meta.concrete_fields]
    assert not [text for text in texts if "user0" in text]


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_sweeps_purge_each_user_once(organization):
    policies(organization, purge_floor=1_000)
    for user in crowd(organization, 60):
        aged(user, days=31)
    start, done = threading.Barrier(6), []

    def sweep():
        start.wait()
        done.append(purge_due_users().purged)
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 60
    assert AuditEvent.objects.filter(action="user.purged").count() == 60
    assert PurgedUser.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_users_locked_by_others_do_not_stop_the_sweep(organization, monkeypatch):
    monkeypatch.setattr("controlhub.actions.purges.BATCH", 1)
    policies(organization, purge_floor=1_000)
    for user in crowd(organization, 3):
        aged(user, days=31)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=plan_purge(organization).users.first().pk)
        assert at_once(1, lambda index: purge_due_users().purged) == [2]
    assert purge_due_users().purged == 1


def test_concurrent_sweeps_stay_within_the_limit_together(organization, monkeypatch):
    """One sweep has made its plan when another one purges and more users become due."""
    policies(organization, purge_floor=3)
    users = crowd(organization, 6)
    for user in users[:3]:
        aged(user, days=31)
    plan = purges.plan_purge

    def overtaken(tenant):
        found = plan(tenant)
        monkeypatch.undo()
        assert purge_due_users().purged == 3
        for user in users[3:]:
            aged(user, days=31)
        return found

    monkeypatch.setattr(purges, "plan_purge", overtaken)
    assert purge_due_users().purged == 0
    assert left(organization) == 3
    assert [run.purged for run in PurgeRun.objects.all()] == [3], "a run that removed nobody is not listed"


def test_concurrent_sweeps_purge_no_more_than_was_allowed(organization, at, monkeypatch):
    policies(organization, purge_floor=1)
    crowd(organization, 4)
    at(days=31)
    purge_due_users()
    allow_purge(PurgeRun.objects.get(), due=4, actor=factories.COMMAND)
    plan = purges.plan_purge

    def overtaken(tenant):
        found = plan(tenant)
        PurgeRun.objects.update(purged=3)
        return found

    monkeypatch.setattr(purges, "plan_purge", overtaken)
    assert purge_due_users().purged == 1


@pytest.mark.django_db(transaction=True)
def test_user_is_either_restored_or_purged(organization):
    """Restores and sweeps race in several rounds: each user ends up restored or purged, with exactly one event."""
    policies(organization, purge_floor=10_000)
    for round_number in range(4):
        users = [factories.make_user(organization, f"r{round_number}.{index}@example.com") for index in range(40)]
        for user in users:
            delete_user(user, actor=factories.COMMAND)
            aged(user, days=30)
        start = threading.Barrier(10)

        def restore(share, start=start):
            start.wait()
            for user in share:
                try:
                    reactivate_user(user, actor=factories.COMMAND)
                except UserGoneError:
                    continue
            connection.close()

        def sweep(start=start):
            start.wait()
            purge_due_users()
            connection.close()

        threads = [threading.Thread(target=restore, args=(users[index::8],)) for index in range(8)]
        threads += [threading.Thread(target=sweep) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        purge_due_users()
        for user in users:
            restored = User.objects.filter(pk=user.pk, active=True, user_name=user.user_name).exists()
            ends = AuditEvent.objects.about(user.pk).filter(action__in=["user.restored", "user.purged"])
            assert [event.action for event in ends] == ["user.restored" if restored else "user.purged"]
            assert PurgedUser.objects.filter(pk=user.pk).exists() is not restored


def test_plan_changes_nothing(organization, at):
    organization = policies(organization, purge_floor=0, purge_share=1)
    crowd(organization, 2)
    at(days=31)
    assert plan_purge(organization).waits
    assert not PurgeRun.objects.exists()


def test_staged_run_ends_when_no_decision_is_needed(organization, at):
    policies(organization, purge_floor=3)
    users = crowd(organization, 5)
    at(days=31)
    assert purge_due_users().waiting == 5
    for user in users[:4]:
        reactivate_user(user, actor=factories.COMMAND)
    assert (purge_due_users().purged, PurgeRun.objects.open().count()) == (1, 0), "one is within the limit"


@pytest.mark.parametrize("state", ["staged", "held", "allowed"])
def test_run_without_users_ends(organization, at, state):
    policies(organization, purge_floor=3)
    users = crowd(organization, 5)
    at(days=31)
    purge_due_users()
    if state == "held":
        hold_purge(PurgeRun.objects.get(), actor=factories.COMMAND)
    if state == "allowed":
        allow_purge(PurgeRun.objects.get(), due=5, actor=factories.COMMAND)
    for user in users:
        reactivate_user(user, actor=factories.COMMAND)
    assert purge_due_users().purged == 0
    assert PurgeRun.objects.get().state == PurgeState.DONE


def test_allowed_run_purges_no_more_users_than_were_shown(organization, at):
    """Even if the rules change in the meantime."""
    policies(organization, purge_floor=3)
    crowd(organization, 5)
    kept = [factories.make_user(organization, f"kept{index}@example.com") for index in range(4)]
    for user in kept:
        deactivate_user(user, actor=factories.COMMAND)
        extend_user(user, days=30, actor=factories.COMMAND)
    at(days=31)
    purge_due_users()
    allow_purge(PurgeRun.objects.get(), due=5, actor=factories.COMMAND)
    User.objects.update(extended_until=None)
    out = StringIO()
    call_command("purge_users", "--dry-run", "--json", stdout=out)
    assert len(json.loads(out.getvalue())) == 5
    assert purge_due_users().purged == 5
    assert purge_due_users().waiting == 4, "the others wait for another decision"


def test_error_of_one_organization_does_not_stop_the_others(organization, other_organization, at, monkeypatch):
    crowd(organization, 1)
    crowd(other_organization, 1)
    at(days=31)
    plan = purges.plan_purge

    def broken(tenant):
        if tenant.pk == organization.pk:
            raise RuntimeError("broken")
        return plan(tenant)

    monkeypatch.setattr(purges, "plan_purge", broken)
    with pytest.raises(RuntimeError):
        purge_due_users()
    assert (left(organization), left(other_organization)) == (1, 0)


def test_extension_of_an_overdue_user_starts_now(organization, at):
    (user,) = crowd(organization, 1)
    aged(user, days=40)
    extend_user(user, days=5, actor=factories.COMMAND)
    assert purge_due_users().purged == 0
    at(days=6)
    assert purge_due_users().purged == 1
