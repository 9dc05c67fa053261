"""The scoping filters of an application: counted, listed, saved, and refused at the invalid clause."""

import pytest
from django.urls import reverse

from audit.models import AuditEvent
from audit.vocabulary import AuditAction
from controlhub.models import Job
from directory.actions.applications import add_application
from directory.gallery import template_of
from directory.models import Application
from tests import factories
from tests.factories import COMMAND

PEOPLE = {"ada": "Sales", "grace": "Engines", "alan": "Engines", "edsger": ""}


@pytest.fixture
def application(organization):
    found = add_application(organization, template_of("cisco-webex"), name="Webex", actor=COMMAND)
    Application.objects.filter(pk=found.pk).update(scope="all")
    for name, department in PEOPLE.items():
        factories.make_person(organization, f"{name}@example.com", department=department)
    found.refresh_from_db()
    return found


def address(application, name="application-filters", objects="users"):
    return reverse(name, args=[application.pk, objects])


def typed(application, *groups, **more):
    """The form data. Each group is a list of clauses."""
    values = {"version": application.version}
    for index, clauses in enumerate(groups):
        for place, clause in enumerate(clauses):
            parts = dict(zip(("attribute", "operator", "value"), clause, strict=True))
            values |= {f"g{index}_{name}_{place}": value for name, value in parts.items()}
    return values | more


def save(portal, application, *groups, **more):
    shown = portal.post(address(application, "application-filters-preview"), typed(application, *groups))
    digest = shown.context["form"].digest
    answer = portal.post(address(application), typed(application, *groups, reviewed=digest, **more))
    application.refresh_from_db()
    return answer


def test_effect_of_a_filter_is_counted_and_listed_before_it_is_saved(portal, application):
    page = portal.get(address(application))
    assert page.context["now"].before == 4
    groups = [[("Department", "EQUALS", "Sales")], [("department", "IS NULL", "")]]
    answer = portal.post(address(application), typed(application, *groups))
    effect = answer.context["effect"]
    assert (effect.before, effect.after, effect.enters, effect.leaves) == (4, 2, 0, 2)
    assert effect.leaving == ["Alan", "Grace"]
    assert not AuditEvent.objects.filter(action=AuditAction.APPLICATION_MAPPED).exists()

    configured = application.configured
    assert save(portal, application, *groups).status_code == 302
    assert application.configured == configured + 1
    event = AuditEvent.objects.get(action=AuditAction.APPLICATION_MAPPED)
    assert "department EQUALS Sales" in str(event.changes)
    mappings = portal.get(reverse("application-mappings", args=[application.pk])).content.decode()
    assert "1: department EQUALS Sales" in mappings

    answer = portal.post(address(application), typed(application, [("department", "EQUALS", "Engines")]))
    effect = answer.context["effect"]
    assert (effect.before, effect.entering, effect.leaving) == (2, ["Alan", "Grace"], ["Ada", "Edsger"])


def test_saved_filter_is_shown_in_the_form(portal, application):
    groups = [[("department", "EQUALS", "Sales"), ("city", "IS NOT NULL", "")], [("mail", "ENDS_WITH", "@x.example")]]
    save(portal, application, *groups)
    form = portal.get(address(application)).context["form"]
    shown = [[tuple(field.value() for field in row) for row in rows] for _, rows in form.groups]
    assert [[row for row in rows if row[0]] for rows in shown] == [*groups, []]
    save(portal, application)
    assert application.user_filters == []


@pytest.mark.parametrize(
    ("clause", "message"),
    [
        (("departmnt", "EQUALS", "x"), "Did you mean department?"),
        (("memberOf", "EQUALS", "x"), "Assign groups to the application instead."),
        (("proxyAddresses", "EQUALS", "x"), "has several values"),
        (("department", "EQUALS", ""), "To find empty attributes, use IS NULL."),
        (("department", "Greater_Than", "x"), "Enter a whole number."),
        (("department", "REGEX MATCH", "(?=x)"), "lookahead"),
        (("", "EQUALS", "x"), "Choose an attribute."),
        (("department", "LIKE", "x"), "Select a valid choice"),
    ],
)
def test_invalid_clause_is_marked(portal, application, clause, message):
    answer = portal.post(address(application), typed(application, [("city", "IS NULL", "")], [clause]))
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert message in str(errors)
    assert set(errors) <= {"g1_attribute_0", "g1_operator_0", "g1_value_0"}


def test_second_of_two_administrators_sees_that_the_page_is_outdated(portal, application):
    clause = ("department", "EQUALS", "Sales")
    assert save(portal, application, [clause], version="7").status_code == 409
    assert application.user_filters == []


def test_dry_run_uses_the_unsaved_filter(portal, application):
    values = typed(application, [("department", "EQUALS", "Sales")], dry_run="1")
    portal.post(address(application, "application-filters-preview"), values)
    overrides = Job.objects.get(kind="directory-dry-run").parameters["overrides"]
    assert [group["clauses"][0]["value"] for group in overrides["user_filters"]] == ["Sales"]
    application.refresh_from_db()
    assert application.user_filters == []


def test_group_filters_offer_the_attributes_of_groups(portal, application):
    factories.make_directory_group(application.organization, "Research")
    shown = portal.post(address(application, objects="groups"), typed(application, [("displayName", "EQUALS", "x")]))
    assert shown.context["effect"].leaving == ["Research"]
    refused = portal.post(address(application, objects="groups"), typed(application, [("surname", "EQUALS", "x")]))
    assert refused.status_code == 422
