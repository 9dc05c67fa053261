"""Importing an export again changes nothing here, and creates the same people elsewhere."""

import pytest

from audit.models import AuditEvent
from controlhub.models import Group, User
from controlhub.user_files.exports import csv_lines, json_lines, xlsx_file
from controlhub.user_lists import Criteria
from tests import factories, imports

ENTERPRISE = factories.ENTERPRISE


def events_of_users():
    return AuditEvent.objects.filter(target_type="User").count()


PEOPLE = (
    {
        "userName": "zoe@example.com",
        "name": {"givenName": "Zoë", "familyName": "'t Hooft", "formatted": " Zoë\r\n"},
        "displayName": "=1+1",
        "nickName": "-5",
        "title": "(clear)",
        "profileUrl": "@home",
        "emails": [
            {"value": "zoe@example.com", "type": "work", "primary": True},
            {"value": "z@home.example", "type": "home"},
        ],
        "phoneNumbers": [{"value": "+4930123456", "type": "work"}],
        "addresses": [{"type": "work", "streetAddress": "Line 1\nLine 2", "country": "DE"}],
        ENTERPRISE: {"employeeNumber": "00042", "department": ""},
    },
    {
        "userName": "مدير@example.com",
        "displayName": "شريف 😀",
        "active": False,
        "emails": [{"value": "no address"}],
        "externalId": "'=x",
        "ims": [{"value": "x", "type": "xmpp"}],
    },
)


@pytest.fixture
def people(scim, organization):
    ids = [scim.post("/Users", {"schemas": [factories.ENTRA_CORE], **person}).document["id"] for person in PEOPLE]
    staff = {"userName": "max@example.com", ENTERPRISE: {"manager": {"value": ids[0], "displayName": "Zoë"}}}
    scim.post("/Users", {"schemas": [factories.ENTRA_CORE], **staff})
    User.objects.in_organization(organization).update(connection=None)
    return ids


def exported(organization, name):
    if name == "xlsx":
        with xlsx_file(organization, Criteria()) as file:
            return file.read()
    lines = {"csv": csv_lines, "jsonl": json_lines}[name]
    return "".join(lines(organization, Criteria())).encode()


@pytest.mark.parametrize("name", ["csv", "xlsx", "jsonl"])
def test_importing_an_export_changes_nothing(organization, people, name):
    before, number = events_of_users(), User.objects.in_organization(organization).count()
    stored = imports.run(organization, exported(organization, name), name=f"users.{name}")
    assert imports.counts(stored.check_job) == {"unchanged": number}
    assert events_of_users() == before


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_importing_an_export_creates_the_same_people_elsewhere(organization, people, name):
    other = factories.make_organization("Globex")
    stored = imports.run(other, exported(organization, name), name=f"users.{name}")
    assert not imports.failed(stored)
    assert documents(other) == documents(organization)


def documents(organization):
    """The documents by userName, with managers by name."""
    users = list(User.objects.in_organization(organization))
    names = {str(user.pk): user.user_name for user in users}
    found = {}
    for user in users:
        manager = user.document.get(ENTERPRISE, {}).get("manager")
        if manager:
            manager["value"] = names.get(manager["value"], manager["value"])
        found[user.user_name] = user.document
    return found


def test_groups_are_not_changed(organization, people, scim):
    scim.post("/Groups", {"displayName": "Staff", "members": [{"value": people[0]}]})
    imports.run(organization, exported(organization, "csv"))
    assert Group.objects.get(display_name="Staff").memberships.count() == 1
