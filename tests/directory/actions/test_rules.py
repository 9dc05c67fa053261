"""Dynamic groups: their members follow the rule when people change, and when the rule changes."""

import threading

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from audit.personal import attach
from controlhub.actions.jobs.running import run_due_jobs
from controlhub.errors import InvalidSettingError
from controlhub.models import JobState
from directory.actions import rule_jobs, rules
from directory.actions.members import add_members, remove_members
from directory.actions.people import delete_person, restore_person, update_person
from directory.actions.rule_jobs import run_rule, start_rule
from directory.models import Group, GroupKind, Membership
from directory.provisioning.scope import ScopingFilter
from tests import factories
from tests.factories import COMMAND, make_directory_group, make_person

pytestmark = pytest.mark.django_db


def rule(value="Engines", attribute="department", operator="EQUALS"):
    clause = {"attribute": attribute, "operator": operator, "value": value}
    return ScopingFilter.from_json({"groups": [{"clauses": [clause]}]})


def give(group, wanted):
    """Change the rule and do the work of its job."""
    if job := start_rule(group, rule=wanted, actor=COMMAND):
        run_rule(job)
        run_due_jobs()
        job.refresh_from_db()
        assert job.state == JobState.DONE
    return Group.objects.get(pk=group.pk)


def names(group):
    found = Membership.objects.filter(group=group, person__isnull=False).values_list("person__display_name", flat=True)
    return sorted(found)


def change(person, **values):
    return update_person(person, values=values, actor=COMMAND)


def test_rule_selects_existing_people(organization):
    make_person(organization, department="Engines")
    make_person(organization, "grace@example.com", department="Ships")
    delete_person(make_person(organization, "gone@example.com", department="Engines"), actor=COMMAND)
    make_person(factories.make_organization("Other"), "stranger@example.com", department="Engines")
    group = give(make_directory_group(organization), rule())
    assert (names(group), group.member_count, group.kind) == (["Ada"], 1, GroupKind.DYNAMIC)
    group = give(group, rule("Ships"))
    assert (names(group), group.member_count) == (["Grace"], 1)


def test_job_continues_batch_by_batch(organization, monkeypatch):
    monkeypatch.setattr(rule_jobs, "BATCH", 2)
    for number in range(5):
        make_person(organization, f"p{number}@example.com", department="Engines")
    group = give(make_directory_group(organization), rule())
    assert (len(names(group)), group.member_count) == (5, 5)


def test_people_join_and_leave_as_they_change(organization):
    group = give(make_directory_group(organization), rule())
    person = make_person(organization, department="Engines")
    assert names(group) == ["Ada"]
    change(person, department="Ships")
    assert names(group) == []
    (event,) = attach([AuditEvent.objects.about(person.pk).newest_first()[0]])
    assert event.details["left_groups"] == {"count": 1, "names": ["Research"]}
    person = change(person, department="Engines")
    delete_person(person, actor=COMMAND)
    assert Group.objects.get(pk=group.pk).member_count == 0
    give(group, rule("Ships"))
    restore_person(person, actor=COMMAND)
    assert names(group) == []
    assert Group.objects.get(pk=group.pk).member_count == 0


def test_members_of_a_dynamic_group_cannot_be_assigned(organization):
    group, person = give(make_directory_group(organization), rule()), make_person(organization)
    for act in (add_members, remove_members):
        with pytest.raises(InvalidSettingError, match="Change the rule instead"):
            act(group, ids=[person.pk], actor=COMMAND)


def test_rule_replaces_assigned_members_and_keeps_its_members_when_removed(organization):
    group, child = make_directory_group(organization), make_directory_group(organization, "B")
    add_members(group, ids=[make_person(organization).pk, child.pk], actor=COMMAND)
    make_person(organization, "grace@example.com", department="Engines")
    group = give(group, rule())
    assert (names(group), group.member_count) == (["Grace"], 1)
    group = give(group, None)
    assert (names(group), group.kind, group.rule) == (["Grace"], GroupKind.ASSIGNED, {})


def test_rule_without_conditions_is_refused(organization):
    with pytest.raises(InvalidSettingError, match="at least one condition"):
        start_rule(make_directory_group(organization), rule=ScopingFilter(), actor=COMMAND)


def test_number_of_dynamic_groups_is_limited(organization, monkeypatch):
    monkeypatch.setattr(rules, "MOST_RULES", 1)
    group = give(make_directory_group(organization), rule())
    with pytest.raises(InvalidSettingError, match="at most 1 dynamic"):
        start_rule(make_directory_group(organization, "B"), rule=rule(), actor=COMMAND)
    give(group, rule("Ships"))


def test_unchanged_rule_starts_no_job(organization):
    group = give(make_directory_group(organization), rule())
    assert start_rule(group, rule=rule(), actor=COMMAND) is None


@pytest.mark.django_db(transaction=True)
def test_rule_includes_people_who_are_being_added(organization):
    """A person added by a transaction that saw only the old rule is still found by the new one."""
    group, began = make_directory_group(organization), threading.Event()

    def edit():
        began.set()
        try:
            give(group, rule())
        finally:
            connection.close()

    other = threading.Thread(target=edit)
    with transaction.atomic():
        make_person(organization, department="Engines")
        other.start()
        began.wait(20)
    other.join()
    assert names(group) == ["Ada"]
