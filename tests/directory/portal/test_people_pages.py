"""The pages of the directory's people: lists, search, one person, and bulk deletions."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions.jobs.running import run_due_jobs
from controlhub.models import Job, Role
from directory.actions.members import add_members
from directory.actions.people import delete_person, update_person
from directory.models import Membership, Person
from directory.portal import keysets
from tests import factories, pages
from tests.factories import COMMAND, make_person

LIST, DELETED = "/directory/users/", "/directory/users/deleted/"


@pytest.fixture
def client(organization):
    return factories.browser(factories.make_admin(organization)[0])


def shown(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def names(client, address):
    return [str(person) for person in client.get(address).context["page"].rows]


def post(client, address, **values):
    return client.post(address, values, follow=True)


def seen(client, address, **values):
    """The fingerprint of the selection, from the confirmation page."""
    return client.post(address, values).context["selection"].mark


def test_list_is_sorted_by_name_across_pages(organization, client, monkeypatch):
    monkeypatch.setattr(keysets, "SIZE", 2)
    for name in ("Eve", "Ada", "Dan", "Bob", "Cyd"):
        make_person(organization, f"{name}@example.com", displayName=name)
    make_person(factories.make_organization("Other"), "stranger@example.com")
    page = client.get(LIST).context
    assert [str(person) for person in page["page"].rows] == ["Ada", "Bob"]
    assert (page["total"].number, page["counts"]["all"].number) == (5, 5)
    second = client.get(LIST + page["next"]).context
    assert [str(person) for person in second["page"].rows] == ["Cyd", "Dan"]
    third = client.get(LIST + second["next"]).context
    assert ([str(person) for person in third["page"].rows], third["next"]) == (["Eve"], "")
    back = client.get(LIST + third["previous"]).context
    assert [str(person) for person in back["page"].rows] == ["Cyd", "Dan"]
    assert names(client, LIST + back["previous"]) == ["Ada", "Bob"]


def test_list_can_be_sorted_by_either_name_across_pages(organization, client, monkeypatch):
    monkeypatch.setattr(keysets, "SIZE", 2)
    for number, name in enumerate(("Eve", "Ada", "Dan")):
        make_person(organization, f"{number}@example.com", displayName=name)
    assert names(client, f"{LIST}?sort=-name") == ["Eve", "Dan"]
    assert names(client, f"{LIST}?sort=upn") == ["Eve", "Ada"]
    page = client.get(f"{LIST}?sort=-upn").context["page"]
    assert names(client, LIST + page.next) == ["Eve"]
    assert names(client, f"{LIST}?sort=city") == ["Ada", "Dan"]
    links = pages.read(client.get(LIST + page.next)).all("thead a")
    assert [link["href"] for link in links] == ["?sort=name", "?sort=upn", "?sort=changed"]


def test_list_can_be_sorted_by_the_last_change_across_pages(organization, client, monkeypatch):
    monkeypatch.setattr(keysets, "SIZE", 2)
    people = [make_person(organization, f"{name}@example.com") for name in ("ada", "bob", "cyd", "dan")]
    for day, person in enumerate([people[2], people[0], people[3], people[1]], 1):
        Person.objects.filter(pk=person.pk).update(modified_at=datetime(2026, 1, day, tzinfo=UTC))
    assert names(client, f"{LIST}?sort=changed") == ["Cyd", "Ada"]
    assert names(client, f"{LIST}?sort=-changed") == ["Bob", "Dan"]
    following = client.get(f"{LIST}?sort=-changed").context["page"].next
    assert names(client, LIST + following) == ["Ada", "Cyd"]
    update_person(people[2], values={"city": "Paris"}, actor=COMMAND)
    assert names(client, f"{LIST}?sort=-changed") == ["Cyd", "Bob"]


@pytest.mark.parametrize("order", ["changed", "-changed"])
def test_order_of_changes_uses_its_index(organization, client, order):
    for number in range(300):
        make_person(organization, f"p{number}@example.com")
    with CaptureQueriesContext(connection) as queries:
        names(client, f"{LIST}?sort={order}")
    (text,) = [query["sql"] for query in queries if "modified_at" in query["sql"].partition("ORDER BY")[2]]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE directory_person")
        cursor.execute(f"EXPLAIN {text}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "person_changed" in plan
    assert "Sort" not in plan


def test_accounts_are_disabled_and_enabled_by_jobs_that_undo_each_other(organization, client):
    ada, bob = make_person(organization), make_person(organization, "bob@example.com", accountEnabled=False)
    ids = [ada.pk, bob.pk]
    address = "/directory/users/disable/"
    text = post(client, address, ids=ids, seen=seen(client, address, ids=ids)).content.decode()
    assert "The account is disabled already." in text
    job = Job.objects.get()
    assert (job.counts, job.problem_count) == ({"changed": 1}, 1)
    assert not Person.objects.filter(account_enabled=True).exists()
    post(client, f"/jobs/{job.pk}/undo/")
    run_due_jobs()
    assert list(Person.objects.filter(account_enabled=True)) == [ada]
    assert AuditEvent.objects.filter(action="directory_user.enabled").count() == 1


def test_people_are_added_to_a_group_in_one_event(organization, client):
    group = factories.make_directory_group(organization, "Research")
    people = [make_person(organization, f"p{number}@example.com") for number in range(3)]
    add_members(group, ids=[people[0].pk], actor=COMMAND)
    before = AuditEvent.objects.filter(action="directory_group.members_changed").count()
    address, ids = "/directory/users/add-to-group/", [person.pk for person in people]
    page = client.post(address, {"ids": ids}).context
    assert page["form"].offered == ["Research"]
    mark = page["selection"].mark
    assert "There is no group with this name." in post(client, address, ids=ids, seen=mark, group="x").content.decode()
    text = post(client, address, ids=ids, seen=mark, group="research").content.decode()
    assert "Is a member already" in text
    assert Membership.objects.filter(group=group).count() == 3
    assert AuditEvent.objects.filter(action="directory_group.members_changed").count() == before + 1
    post(client, f"/jobs/{Job.objects.get().pk}/undo/")
    run_due_jobs()
    assert Membership.objects.get(group=group).person == people[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=love", ["Ada Lovelace"]),
        ("q=lace+ada", ["Ada Lovelace"]),
        ("q=ovelace", ["Ada Lovelace"]),
        ("q=HOPPER", ["Grace"]),
        ("q=navy.example", ["Grace"]),
        ("q=a", ["Ada Lovelace"]),
        ("q=nobody", []),
        ("enabled=no", ["Grace"]),
        ("enabled=yes&q=ada", ["Ada Lovelace"]),
        ("enabled=maybe", []),
        ("q=%00", []),
    ],
)
def test_search_and_filter_find_people(organization, client, query, found):
    make_person(organization, "ada@example.com", displayName="Ada Lovelace")
    make_person(organization, "grace@navy.example", displayName="Grace", surname="Hopper", accountEnabled=False)
    make_person(factories.make_organization("Other"), "ada@other.example", displayName="Ada Lovelace")
    delete_person(make_person(organization, "old@example.com", displayName="Ada Old Lovelace"), actor=COMMAND)
    assert names(client, f"{LIST}?{query}") == found


def test_search_finds_an_object_id(organization, client):
    person = make_person(organization)
    stranger = make_person(factories.make_organization("Other"))
    assert names(client, f"{LIST}?q={person.pk}") == ["Ada"]
    assert names(client, f"{LIST}?q={stranger.pk}") == []


def test_person_is_added_with_the_form(organization, client):
    values = {
        "userPrincipalName": "ada@example.com",
        "displayName": "Ada",
        "department": "Engines",
        "otherMails": "a@example.com\nb@example.com",
        "others": "extensionAttribute1: Blue\nbadge: 17",
        "accountEnabled": "on",
    }
    response = client.post("/directory/users/add/", values)
    person = Person.objects.get()
    assert response.url == f"/directory/users/{person.pk}/"
    assert person.attributes == {
        "department": "Engines",
        "otherMails": ["a@example.com", "b@example.com"],
        "extensionAttribute1": "Blue",
        "badge": "17",
    }
    page = shown(client, response.url)
    assert "Engines" in page
    assert "extensionAttribute1" in page


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"userPrincipalName": "ada"}, 409, "form of an email address"),
        ({"userPrincipalName": "grace@example.com"}, 409, "already has the user principal name"),
        ({"manager": "nobody@example.com"}, 422, "No user of this directory has"),
        ({"others": "no colon"}, 422, "Enter a name, a colon and a value"),
        ({"others": "department: twice"}, 422, "Enter a name, a colon and a value"),
        ({"others": "objectId: 1"}, 409, "The directory sets objectId"),
        ({"displayName": ""}, 422, "required"),
    ],
)
def test_form_shows_errors(organization, client, values, status, words):
    make_person(organization, "grace@example.com")
    values = {"userPrincipalName": "ada@example.com", "displayName": "Ada", **values}
    response = client.post("/directory/users/add/", values)
    assert response.status_code == status
    assert words in response.content.decode()
    assert Person.objects.count() == 1


def fields(client, address):
    form = client.get(address).context["form"]
    return {name: form[name].value() or "" for name in form.fields if name != "accountEnabled"}


def test_edit_form_keeps_unchanged_values_and_removes_cleared_ones(organization, client):
    manager = make_person(organization, "grace@example.com")
    person = make_person(organization, department="Engines", badge="17", city="London", manager=manager.pk)
    address = f"/directory/users/{person.pk}/edit/"
    values = {**fields(client, address), "department": "", "others": "", "accountEnabled": "on"}
    assert client.post(address, values).status_code == 302
    person.refresh_from_db()
    assert (person.attributes, person.manager, person.account_enabled) == ({"city": "London"}, manager, True)


def test_edit_based_on_an_outdated_version_is_refused(organization, client):
    person = make_person(organization)
    address = f"/directory/users/{person.pk}/edit/"
    values = {**fields(client, address), "city": "London"}
    update_person(person, values={"city": "Paris"}, actor=COMMAND)
    response = client.post(address, values)
    assert response.status_code == 409
    assert "in the meantime" in response.content.decode()


def test_selected_people_are_deleted_restored_and_permanently_deleted(organization, client):
    ada, bob = make_person(organization), make_person(organization, "bob@example.com")
    kept = make_person(organization, "kept@example.com")
    ids = [str(ada.pk), str(bob.pk)]
    mark = seen(client, "/directory/users/delete/", ids=ids)
    assert Person.objects.deleted().count() == 0
    post(client, "/directory/users/delete/", ids=ids, seen=mark)
    assert set(Person.objects.deleted()) == {ada, bob}
    assert names(client, LIST) == ["Kept"]
    assert set(names(client, DELETED)) == {"Ada", "Bob"}
    post(client, "/directory/users/restore/", ids=ids[:1], seen=seen(client, "/directory/users/restore/", ids=ids[:1]))
    assert set(Person.objects.deleted()) == {bob}
    mark = seen(client, "/directory/users/permanently-delete/", ids=ids[1:])
    post(client, "/directory/users/permanently-delete/", ids=ids[1:], seen=mark, confirm="no")
    assert Person.objects.filter(pk=bob.pk).exists()
    post(client, "/directory/users/permanently-delete/", ids=ids[1:], seen=mark, confirm="delete 1")
    assert set(Person.objects.all()) == {ada, kept}
    event = AuditEvent.objects.about(bob.pk).newest_first()[0]
    assert (event.action, event.actor_kind) == ("directory_user.purged", "admin")


def test_all_matching_people_are_deleted(organization, client):
    for number in range(3):
        make_person(organization, f"p{number}@example.com", displayName="Temp", department="x")
    make_person(organization, "kept@example.com")
    values = {"all": "1", "query": "q=temp"}
    post(client, "/directory/users/delete/", **values, seen=seen(client, "/directory/users/delete/", **values))
    assert Person.objects.current().count() == 1


def test_changed_selection_must_be_confirmed_again(organization, client):
    make_person(organization)
    values = {"all": "1", "query": ""}
    mark = seen(client, "/directory/users/delete/", **values)
    make_person(organization, "new@example.com")
    response = client.post("/directory/users/delete/", {**values, "seen": mark})
    assert response.status_code == 409
    assert Person.objects.deleted().count() == 0


def test_restoration_names_the_conflict(organization, client):
    old = delete_person(make_person(organization), actor=COMMAND)
    make_person(organization)
    mark = seen(client, "/directory/users/restore/", ids=[str(old.pk)])
    page = post(client, "/directory/users/restore/", ids=[str(old.pk)], seen=mark).content.decode()
    assert "Ada already has the user principal name ada@example.com" in page
    assert Job.objects.get().counts == {"changed": 0}


def test_page_of_a_deleted_person_shows_how_long_they_can_be_restored(organization, client):
    person = delete_person(make_person(organization), actor=COMMAND)
    page = shown(client, f"/directory/users/{person.pk}/")
    assert "can be restored for" in page
    assert person.pk.hex in page
    assert "Restore user" in page


def test_read_only_administrators_can_see_but_not_change_people(organization):
    person = make_person(organization)
    client = factories.browser(factories.make_admin(organization, "auditor@example.com", Role.AUDITOR)[0])
    page = pages.read(client.get(f"/directory/users/{person.pk}/"))
    assert not [form for form in page.forms if form.action.startswith("/directory/")]
    for address in ("add/", "delete/", "restore/", f"{person.pk}/edit/"):
        assert client.post(f"{LIST}{address}", {"ids": [str(person.pk)]}).status_code == 403


def test_people_of_other_organizations_are_not_found(client):
    stranger = make_person(factories.make_organization("Other"))
    for address in ("", "edit/"):
        assert client.get(f"{LIST}{stranger.pk}/{address}").status_code == 404
    client.post(f"{LIST}delete/", {"ids": [str(stranger.pk)]})
    assert Person.objects.deleted().count() == 0


def test_button_in_a_row_restores_only_that_user(organization, client):
    for name in ("Ada", "Bob"):
        delete_person(make_person(organization, displayName=name), actor=COMMAND)
    page = pages.read(client.get(DELETED))
    buttons = page.all("button[name=ids]")
    assert {button["value"] for button in buttons} == {str(pk) for pk in Person.objects.values_list("pk", flat=True)}
    assert page.all("form#restore-one[action='/directory/users/restore/']")
    assert {button["form"] for button in buttons} == {"restore-one"}, "not the form with the checked users"
    reader, _ = factories.make_admin(organization, "reader@example.com", Role.READ_ONLY_ADMIN)
    assert not pages.read(factories.browser(reader).get(DELETED)).all("button[name=ids]")
