"""The effects of assignments before they are saved: computed by the rules of a cycle, without storing anything."""

from django.urls import reverse

from audit.models import AuditEvent
from directory.models import Assignment
from tests import pages


def asked(portal, world, **selected):
    ids = {name: [each.pk for each in found] for name, found in selected.items()}
    return pages.read(portal.post(reverse("application-assign", args=[world.application.pk]), ids))


def asked_to_remove(portal, world, **principal):
    assignment = Assignment.objects.get(application=world.application, **principal)
    return pages.read(portal.get(reverse("application-unassign", args=[world.application.pk, assignment.pk]))).text


def test_effects_of_an_assignment_are_counted_and_listed_before_saving(portal, world, target):
    new, here, blocked, left_out = (world.person(name) for name in ("new", "here", "blocked", "left"))
    world.assign(here)
    world.cycle()
    world.change(blocked, account_enabled=False)
    clause = {"attribute": "surname", "operator": "NOT EQUALS", "value": "Left"}
    world.configure(user_filters=[{"name": "1", "clauses": [clause]}])
    group = world.group("Crew", new, here, blocked, left_out)
    target.forget()
    before = AuditEvent.objects.count()
    page = asked(portal, world, groups=[group])
    for text in (
        "1 user is created in the application, or matched with an account there. New",
        "1 user is in the application and stays there. Here",
        "1 user is not created: the account is disabled in the directory. Blocked",
        "1 user is excluded by a scoping filter. Left",
    ):
        assert text in page.text
    assert (Assignment.objects.count(), AuditEvent.objects.count(), target.requests) == (1, before, [])
    assert page.texts(".crumbs li") == ["Enterprise applications", "Webex", "Users and groups", "Add assignment"]
    address = reverse("application-assign", args=[world.application.pk])
    portal.post(address, page.form(address).fields)
    assert Assignment.objects.count() == 2


def test_nested_members_are_included_if_configured(portal, world):
    inner = world.group("Inner", *world.people(2))
    outer = world.group("Outer", inner)
    world.join(inner, outer)
    text = asked(portal, world, groups=[outer]).text
    assert "2 users are members only through nested groups, and are included." in text
    world.configure(includes_nested=False)
    text = asked(portal, world, groups=[outer]).text
    assert "2 users are members only through nested groups, and are not included." in text
    assert "No users are affected." in text


def test_removal_disables_only_people_without_another_assignment(portal, world, target):
    people = world.people(3)
    world.assign(world.group("Crew", *people), people[0])
    world.cycle()
    text = asked_to_remove(portal, world, group__display_name="Crew")
    assert "2 users are disabled in the application. Person001, Person002" in text
    assert "1 user is in the application and stays there. Person000" in text
    assert Assignment.objects.count() == 2
    assert "1 user is in the application and stays there." in asked_to_remove(portal, world, person=people[0])
