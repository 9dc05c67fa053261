"""Provisioning on demand: the selection, the five steps, and why a step fails."""

from django.urls import reverse

from tests import factories, pages
from tests.directory.engine.target import refused


def address(world):
    return reverse("application-demand", args=[world.application.pk])


def provision(portal, world, **chosen):
    return pages.read(portal.post(address(world), chosen)).text


def test_search_finds_people_and_groups(portal, world):
    ada, group = world.person("ada"), world.group("Research")
    world.person("bob")
    text = pages.read(portal.get(address(world), {"q": "ada"})).text
    assert "Ada" in text
    assert "Bob" not in text
    members = portal.get(address(world), {"group": group.pk}).context["people"]
    assert members == []
    world.join(group, ada)
    assert portal.get(address(world), {"group": group.pk}).context["people"] == [ada]


def test_person_is_provisioned_with_five_steps(portal, world, target):
    world.assign(ada := world.person("ada"))
    text = provision(portal, world, person=ada.pk)
    steps = ["1. Test connection", "2. Import user", "3. Determine if user is in scope", "4. Match user", "5. Perform"]
    assert [step in text for step in steps] == [True] * 5
    assert "Open in the provisioning log" in text
    assert target.active() == {"ada@example.com"}


def test_failure_is_shown_with_cause_fix_and_request(portal, world, target):
    world.assign(ada := world.person("ada"))
    target.fault = lambda method, path, number: refused(409, "The name is taken.") if method == "POST" else None
    text = provision(portal, world, person=ada.pk)
    assert "already has a value that must be unique" in text
    assert "Change or delete that object" in text
    assert "409 The name is taken." in text


def test_refused_credentials_stop_at_the_first_step(portal, world, target):
    target.fault = lambda method, path, number: refused(401)
    text = provision(portal, world, person=world.person("ada").pk)
    assert "Nothing was sent" in text
    assert "Enter a new Secret Token" in text


def test_group_is_provisioned_with_the_selected_members(portal, world, target):
    people = world.people(6)
    world.assign(group := world.group("Everybody", *people))
    ids = [person.pk for person in people]
    assert "at most 5 members" in provision(portal, world, group=group.pk, members=ids)
    assert target.users == {}
    provision(portal, world, group=group.pk, members=ids[:2])
    assert target.members_of("Everybody") == {"person000@example.com", "person001@example.com"}


def test_empty_selection_and_objects_of_other_organizations_are_refused(portal, world, target):
    assert "Choose a user or a group." in provision(portal, world)
    other = factories.make_person(factories.make_organization("Other"))
    assert portal.post(address(world), {"person": other.pk}).status_code == 404
    assert target.requests == []
