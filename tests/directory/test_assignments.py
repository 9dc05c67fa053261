"""Users and groups of an application are searched, assigned and removed, but never those of another organization."""

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from directory.actions.applications import add_application
from directory.actions.people import create_person
from directory.gallery import template_of
from directory.models import Assignment, Group, Link, Operation, Person
from directory.portal.views.assignments import PAGE
from tests.factories import COMMAND


@pytest.fixture
def application(organization):
    return add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)


def make_person(organization, name):
    address = f"{name.lower()}@example.com"
    return Person.objects.create(
        organization=organization, user_principal_name=address, upn_key=address, display_name=name
    )


def make_group(organization, name):
    return Group.objects.create(organization=organization, display_name=name, display_name_key=name.lower())


def assign(portal, application, **selected):
    selected = {"is_seen": "on", **selected}
    return portal.post(reverse("application-assign", args=[application.pk]), selected, follow=True)


def test_found_people_and_groups_are_assigned(portal, organization, application):
    barbara, crew = make_person(organization, "Barbara"), make_group(organization, "Barristers")
    make_person(organization, "Neo")
    page = portal.get(reverse("application-assign", args=[application.pk]), {"q": "bar"})
    assert (page.context["people"], page.context["groups"]) == ([barbara], [crew])
    answer = assign(portal, application, people=[barbara.pk], groups=[crew.pk])
    assert "2 assignments were added." in answer.content.decode()
    assert {row.person or row.group for row in answer.context["rows"]} == {barbara, crew}
    actions = AuditEvent.objects.filter(target_id=str(application.pk)).values_list("action", flat=True)
    assert {AuditAction.USER_ASSIGNED, AuditAction.GROUP_ASSIGNED} <= set(actions)


@pytest.mark.parametrize("text", ["Keiko Tanaka", "tanaka", "KEI", "kt@"])
def test_people_are_found_by_name(portal, organization, application, text):
    values = {"userPrincipalName": "kt@example.com", "displayName": "Keiko Tanaka"}
    keiko = create_person(organization, values=values, actor=COMMAND)
    make_person(organization, "Neo")
    page = portal.get(reverse("application-assign", args=[application.pk]), {"q": text})
    assert page.context["people"] == [keiko]


def test_assigning_twice_adds_nothing(portal, organization, application):
    barbara = make_person(organization, "Barbara")
    assign(portal, application, people=[barbara.pk])
    assert "0 assignments were added." in assign(portal, application, people=[barbara.pk]).content.decode()
    assert Assignment.objects.count() == 1


def test_assigned_people_are_not_offered_again(portal, organization, application):
    assign(portal, application, people=[make_person(organization, "Barbara").pk])
    assert portal.get(reverse("application-assign", args=[application.pk])).context["people"] == []


def test_empty_selection_is_an_error(portal, application):
    assert "Select at least one" in assign(portal, application).content.decode()


def test_people_of_another_organization_are_refused(portal, other_organization, application):
    stranger, cell = make_person(other_organization, "Smith"), make_group(other_organization, "Cell")
    assert "no longer in the directory" in assign(portal, application, people=[stranger.pk]).content.decode()
    assert "no longer in the directory" in assign(portal, application, groups=[cell.pk]).content.decode()
    assert portal.get(reverse("application-assign", args=[application.pk])).context["people"] == []
    assert not Assignment.objects.exists()


def test_assignment_is_removed_after_confirmation(portal, organization, application):
    assign(portal, application, people=[make_person(organization, "Barbara").pk])
    address = reverse("application-unassign", args=[application.pk, Assignment.objects.get().pk])
    assert "Remove the assignment of Barbara?" in portal.get(address).content.decode()
    portal.post(address)
    assert not Assignment.objects.exists()
    assert AuditEvent.objects.filter(action=AuditAction.USER_UNASSIGNED).count() == 1
    assert "already been removed" in portal.get(address, follow=True).content.decode()


def test_assignment_of_another_application_is_not_removed(portal, organization, application):
    other = add_application(organization, template_of("slack"), name="Slack", actor=COMMAND)
    assign(portal, other, people=[make_person(organization, "Barbara").pk])
    portal.post(reverse("application-unassign", args=[application.pk, Assignment.objects.get().pk]))
    assert Assignment.objects.count() == 1


def test_long_list_is_paginated(portal, organization, application):
    people = [make_person(organization, f"Person{number:02}") for number in range(PAGE + 2)]
    Assignment.objects.bulk_create(Assignment(application=application, person=person) for person in people)
    address = reverse("application-assignments", args=[application.pk])
    first = portal.get(address)
    second = portal.get(address + first.context["older"])
    assert [len(page.context["rows"]) for page in (first, second)] == [PAGE, 2]
    assert second.context["older"] == ""


def test_list_shows_the_state_of_each_assigned_object(portal, organization, application):
    people = [make_person(organization, name) for name in ("Ada", "Bob", "Cy", "Di")]
    crew = make_group(organization, "Crew")
    assign(portal, application, people=[person.pk for person in people], groups=[crew.pk])

    def presences():
        context = portal.get(reverse("application-assignments", args=[application.pk])).context
        return {str(row.person or row.group): presence for row, presence in context["pairs"]}

    assert set(presences().values()) == {"none"}
    for person, is_active in ((people[0], True), (people[1], False), (people[2], True)):
        Link.objects.create(
            application=application, kind="person", local_id=person.pk, remote_id=str(person.pk), is_active=is_active
        )
    Link.objects.create(application=application, kind="group", local_id=crew.pk, remote_id="crew")
    for person, attempts in ((people[0], 0), (people[2], 1)):
        Operation.objects.create(application=application, kind="person", object_id=person.pk, attempts=attempts)
    assert presences() == {"Ada": "active", "Bob": "disabled", "Cy": "failed", "Di": "none", "Crew": "active"}
