"""Every directory change that matters to a cycle leaves a row."""

import pytest
from django.db import connection

from directory.models import Application, Assignment, Change, Group, Membership, Person
from tests import factories

pytestmark = pytest.mark.django_db


def a_person(organization, name="ada"):
    upn = f"{name}@example.com"
    return Person.objects.create(organization=organization, user_principal_name=upn, upn_key=upn)


def a_group(organization, name="facilities"):
    return Group.objects.create(organization=organization, display_name=name, display_name_key=name)


def noted(work):
    """The kinds and IDs of the rows that the work leaves."""
    Change.objects.all().delete()
    work()
    return {(change.kind, change.object_id) for change in Change.objects.all()}


def test_person_is_recorded_when_added_changed_and_removed():
    organization = factories.make_organization()
    person = a_person(organization)
    assert {change.object_id for change in Change.objects.all()} == {person.pk}
    assert noted(lambda: Person.objects.update(surname="Lovelace")) == {("person", person.pk)}
    assert noted(Person.objects.all().delete) == {("person", person.pk)}


def test_reports_are_recorded_when_their_manager_is_removed():
    organization = factories.make_organization()
    manager, report = a_person(organization, "grace"), a_person(organization)
    Person.objects.filter(pk=report.pk).update(manager=manager)
    both = {("person", manager.pk), ("person", report.pk)}
    assert noted(Person.objects.filter(pk=manager.pk).delete) == both


def test_membership_records_group_and_member():
    organization = factories.make_organization()
    person, group, child = a_person(organization), a_group(organization), a_group(organization, "berlin")
    added = noted(lambda: Membership.objects.create(group=group, person=person))
    assert added == {("group", group.pk), ("person", person.pk)}
    nested = noted(lambda: Membership.objects.create(group=group, child=child))
    assert nested == {("group", group.pk), ("group", child.pk), ("members", child.pk)}
    assert noted(Membership.objects.filter(person=person).delete) == added


def test_assignment_records_the_principal():
    organization = factories.make_organization()
    person, group = a_person(organization), a_group(organization)
    application = Application.objects.create(organization=organization, name="Webex", template="cisco-webex")
    assert noted(lambda: Assignment.objects.create(application=application, person=person)) == {("person", person.pk)}
    assert noted(lambda: Assignment.objects.create(application=application, group=group)) == {
        ("group", group.pk),
        ("members", group.pk),
    }
    everything = {("person", person.pk), ("group", group.pk), ("members", group.pk)}
    assert noted(Assignment.objects.all().delete) == everything


def test_row_contains_the_id_of_its_transaction():
    a_person(factories.make_organization())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (number,) = cursor.fetchone()
    assert set(Change.objects.values_list("transaction_id", flat=True)) == {number}
