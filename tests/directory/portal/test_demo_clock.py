"""Skipping days: only in an organization with the demo, only for its invented people, and as shown in the preview."""

from datetime import timedelta

import pytest
from django.urls import reverse

from audit.actor import COMMAND
from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from directory.actions.applications import add_application
from directory.actions.people import delete_person
from directory.engine.demo_clock import DOMAIN, NAME, TEMPLATE
from directory.gallery import template_of
from directory.models import Person
from tests import factories, pages
from tests.factories import make_person

ADDRESS = "/directory/users/deleted/forward/"


@pytest.fixture
def demo(organization):
    return add_application(organization, template_of(TEMPLATE), name=NAME, actor=COMMAND)


def invented(organization, name, *, days=0):
    person = delete_person(make_person(organization, f"{name}@{DOMAIN}"), actor=COMMAND)
    ago = Person.objects.get(pk=person.pk).deleted_at - timedelta(days=days)
    Person.objects.filter(pk=person.pk).update(deleted_at=ago)
    return person


def test_organization_without_the_demo_has_no_page(portal, organization):
    invented(organization, "keiko")
    assert portal.get(ADDRESS).status_code == 404
    assert portal.post(ADDRESS, {"days": "30", "due": "1"}).status_code == 404
    assert ADDRESS not in portal.get(reverse("directory-deleted-list")).content.decode()
    assert Person.objects.count() == 1


def test_page_shows_the_people_due_for_permanent_deletion(portal, organization, demo):
    old, _young = invented(organization, "keiko", days=25), invented(organization, "mei")
    assert ADDRESS in portal.get(reverse("directory-deleted-list")).content.decode()
    found = portal.get(ADDRESS, {"days": "10"}).context["found"]
    assert (found.people, found.due, [person.pk for person in found.named]) == (2, 1, [old.pk])
    assert portal.get(ADDRESS).context["found"].due == 2
    assert portal.get(ADDRESS, {"days": "4"}).context["found"].due == 0
    assert Person.objects.count() == 2


def test_days_are_skipped_only_for_invented_people_of_this_organization(portal, organization, demo):
    invented(organization, "keiko", days=25)
    young = invented(organization, "mei")
    real = delete_person(make_person(organization, "ada@example.com"), actor=COMMAND)
    other = invented(factories.make_organization("Other"), "luca", days=25)
    before = {person.pk: person.deleted_at for person in Person.objects.filter(pk__in=[young.pk, real.pk, other.pk])}
    answer = portal.post(ADDRESS, {"days": "10", "due": "1"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("directory-deleted-list"))
    after = {person.pk: person.deleted_at for person in Person.objects.all()}
    moved = {pk: before[pk] - after[pk] for pk in after}
    assert moved == {young.pk: timedelta(days=10), real.pk: timedelta(0), other.pk: timedelta(0)}
    event = AuditEvent.objects.get(action=AuditAction.DEMO_FORWARDED)
    assert (event.details, event.actor_kind) == ({"days": 10, "people": 2}, "admin")


def test_form_submitted_twice_skips_the_days_once(portal, organization, demo):
    young = invented(organization, "mei")
    before = Person.objects.get(pk=young.pk).deleted_at
    form_id = pages.read(portal.get(ADDRESS, {"days": "10"})).one("main form[method=post] [name=form_id]")["value"]
    for _ in range(2):
        assert portal.post(ADDRESS, {"days": "10", "due": "0", "form_id": form_id}).status_code == 302
    assert before - Person.objects.get(pk=young.pk).deleted_at == timedelta(days=10)


def test_no_days_are_skipped_if_more_people_are_due_than_shown(portal, organization, demo):
    for name in ("keiko", "mei"):
        invented(organization, name)
    answer = portal.post(ADDRESS, {"days": "30", "due": "1"})
    assert (answer.status_code, answer.context["found"].due) == (409, 2)
    assert Person.objects.count() == 2


@pytest.mark.parametrize("days", ["0", "31", "-1", "x", ""])
def test_days_must_be_from_1_to_30(portal, organization, demo, days):
    invented(organization, "keiko")
    assert portal.post(ADDRESS, {"days": days, "due": "0"}).status_code == 422
    assert portal.get(ADDRESS, {"days": days}).status_code in {200, 422}
    assert Person.objects.count() == 1
