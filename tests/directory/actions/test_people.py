"""The life of a person in the directory: added, changed, deleted, restored, permanently deleted."""

import threading

import pytest
from django.db import connection, transaction

from audit.models import AuditEvent
from audit.personal import attach
from controlhub.errors import (
    InvalidNameError,
    InvalidSettingError,
    NameTakenError,
    PersonStateError,
    UserGoneError,
)
from directory.actions.people import create_person, delete_person, purge_person, restore_person, update_person
from directory.models import Person
from tests import factories
from tests.factories import COMMAND, make_person

pytestmark = pytest.mark.django_db


def events(person):
    return [event.action for event in AuditEvent.objects.about(person.pk).order_by("created_at", "id")]


def changes(person):
    (event,) = attach([AuditEvent.objects.about(person.pk).newest_first()[0]])
    return {change["attribute"]: (change["old"], change["new"]) for change in event.changes}


def change(person, **values):
    return update_person(person, values=values, actor=COMMAND)


def test_person_is_added_with_standard_and_custom_attributes(organization):
    manager = make_person(organization, "grace@example.com")
    person = make_person(
        organization,
        department="Engines",
        SURNAME="Lovelace",
        badge="17",
        manager=str(manager.pk),
        proxyAddresses=["a", "a"],
    )
    found = Person.objects.get(pk=person.pk)
    assert found.surname == "Lovelace"
    assert found.attributes == {"department": "Engines", "badge": "17", "proxyAddresses": ["a"]}
    assert found.manager == manager
    assert found.account_enabled
    assert events(person) == ["directory_user.created"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"userPrincipalName": "ada"}, "form of an email address"),
        ({"userPrincipalName": "ada @example.com"}, "form of an email address"),
        ({"userPrincipalName": ""}, "is empty"),
        ({"userPrincipalName": "a" * 250 + "@example.com"}, "longer than 256"),
        ({"userPrincipalName": "0123456789abcdef0123456789ABCDEFada@example.com"}, "32 hexadecimal digits"),
        ({"userPrincipalName": "ada\u202e@example.com"}, "invisible"),
        ({"displayName": " "}, "Enter a display name"),
        ({"department": "x" * 1_025}, "longer than 1024"),
        ({"department": "a\0b"}, "cannot be stored"),
        ({"department": ["a"]}, "must be text"),
        ({"department": 7}, "must be text"),
        ({"accountEnabled": "maybe"}, "true or false"),
        ({"employeeHireDate": "yesterday"}, "must be a date"),
        ({"employeeHireDate": "0001-01-01T00:00:00+14:00"}, "must be a date"),
        ({"objectId": "1"}, "The directory sets objectId"),
        ({"isSoftDeleted": "true"}, "The directory sets IsSoftDeleted"),
        ({"1st": "x"}, "cannot be the name of an attribute"),
        ({"otherMails": [str(number) for number in range(101)]}, "at most 100 values"),
        ({f"custom{number}": "x" for number in range(101)}, "at most 100 attributes"),
        ({"manager": "nobody"}, "another user of this directory"),
    ],
)
def test_rejects_values_with_an_actionable_message(organization, values, words):
    with pytest.raises((InvalidNameError, InvalidSettingError), match=words):
        make_person(organization, **values)
    assert not Person.objects.exists()


def test_requires_a_user_principal_name(organization):
    with pytest.raises(InvalidSettingError, match="Enter a user principal name"):
        create_person(organization, values={"displayName": "Ada"}, actor=COMMAND)


def test_user_principal_name_is_unique_per_organization_ignoring_case(organization):
    make_person(organization, "Ada@example.com")
    with pytest.raises(NameTakenError, match=r"Ada already has the user principal name ADA@EXAMPLE\.COM"):
        make_person(organization, "ADA@EXAMPLE.COM")
    make_person(factories.make_organization("Other"), "ada@example.com")


def test_update_records_only_actual_changes(organization):
    person = change(make_person(organization, department="Engines"), department="Programs", jobTitle="Countess")
    assert changes(person) == {"department": ("Engines", "Programs"), "jobTitle": (None, "Countess")}
    again = change(person, department="Programs")
    assert (again.version, events(person)) == (2, ["directory_user.created", "directory_user.updated"])


@pytest.mark.parametrize("empty", ["", None, [], "  "])
def test_empty_value_removes_an_attribute(organization, empty):
    person = change(make_person(organization, department="Engines", surname="King"), department=empty, surname=empty)
    assert (person.attributes, person.surname) == ({}, "")


def test_dates_are_stored_in_utc(organization):
    person = make_person(organization, employeeHireDate="2026-01-31", employeeLeaveDateTime="2026-02-01T01:00:00+02:00")
    assert person.attributes == {
        "employeeHireDate": "2026-01-31T00:00:00Z",
        "employeeLeaveDateTime": "2026-01-31T23:00:00Z",
    }


def test_account_is_disabled_and_enabled(organization):
    person = change(make_person(organization), accountEnabled="False", department="Away")
    assert not person.account_enabled
    person = change(person, accountEnabled=True)
    assert person.account_enabled
    assert events(person)[1:] == ["directory_user.disabled", "directory_user.enabled"]


def test_update_based_on_an_older_version_is_refused(organization):
    person = make_person(organization)
    change(person, department="Engines")
    with pytest.raises(PersonStateError, match="in the meantime"):
        update_person(person, values={"department": "Mine"}, version=person.version, actor=COMMAND)


def test_manager_must_be_another_current_person_of_the_organization(organization):
    person, stranger = make_person(organization), make_person(factories.make_organization("Other"))
    gone = delete_person(make_person(organization, "gone@example.com"), actor=COMMAND)
    for other in (person, stranger, gone):
        with pytest.raises(InvalidSettingError, match="another user of this directory"):
            change(person, manager=other.pk)


def test_deleted_person_gets_a_tombstone_name_and_keeps_the_original_one(organization):
    person = delete_person(make_person(organization, "Ada@example.com", department="Engines"), actor=COMMAND)
    assert person.user_principal_name == f"{person.pk.hex}Ada@example.com"
    assert person.original_upn == person.shown_upn == "Ada@example.com"
    assert person.deleted_at is not None
    assert person.attributes == {"department": "Engines"}
    assert events(person) == ["directory_user.created", "directory_user.deleted"]
    for action in (delete_person, lambda who, actor: update_person(who, values={"surname": "x"}, actor=actor)):
        with pytest.raises(PersonStateError):
            action(person, actor=COMMAND)


def test_same_address_added_after_deletion_is_a_new_person(organization):
    old = delete_person(make_person(organization), actor=COMMAND)
    new = make_person(organization)
    assert new.pk != old.pk
    with pytest.raises(NameTakenError, match="Ada already has"):
        restore_person(old, actor=COMMAND)
    old.refresh_from_db()
    assert old.deleted_at is not None
    delete_person(new, actor=COMMAND)
    assert restore_person(old, actor=COMMAND).user_principal_name == "ada@example.com"


def test_restored_person_has_the_previous_values(organization):
    person = make_person(organization, department="Engines")
    before = person.values
    restored = restore_person(delete_person(person, actor=COMMAND), actor=COMMAND)
    assert (restored.values, restored.original_upn, restored.deleted_at) == (before, "", None)
    assert events(person)[-1] == "directory_user.restored"
    with pytest.raises(PersonStateError, match="not deleted"):
        restore_person(restored, actor=COMMAND)


def test_only_a_deleted_person_can_be_permanently_deleted(organization):
    person = make_person(organization)
    report = make_person(organization, "report@example.com", manager=person.pk)
    with pytest.raises(PersonStateError, match="Delete the user first"):
        purge_person(person, actor=COMMAND)
    purge_person(delete_person(person, actor=COMMAND), actor=COMMAND)
    assert not Person.objects.filter(pk=person.pk).exists()
    assert events(person)[-1] == "directory_user.purged"
    report.refresh_from_db()
    assert report.manager is None
    with pytest.raises(UserGoneError):
        restore_person(person, actor=COMMAND)


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_additions_with_one_name_add_one_person(organization):
    """The second one waits for the transaction of the first one, and is refused because the name is taken."""
    results = []

    def add():
        try:
            make_person(organization)
        except NameTakenError as error:
            results.append(error.message)
        finally:
            connection.close()

    other = threading.Thread(target=add)
    with transaction.atomic():
        make_person(organization)
        other.start()
    other.join()
    assert Person.objects.count() == 1
    assert results == ["Ada already has the user principal name ada@example.com. Change one of the two first."]
