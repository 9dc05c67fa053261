"""Adding several people at once: the table, pasted lines, errors in their rows, and shared settings."""

import pytest
from django.core import mail

from audit.models import AuditEvent
from controlhub.actions.groups import create_group
from controlhub.actions.invitations import find_invitation
from controlhub.actions.mappings import map_group
from controlhub.actions.outbox import send_due_mail
from controlhub.errors import AddressTakenError
from controlhub.models import Account, Job, Role, Status, User
from controlhub.portal.pasted_people import read_people
from tests import factories, pages

PATH = "/users/add/several/"


def typed(client, **fields):
    """The fields of the page with these values entered."""
    return {**pages.read(client.get(PATH)).form("").fields, **fields}


def row(number, address, given="", family="", title=""):
    values = {"address": address, "given_name": given, "family_name": family, "title": title}
    return {f"r{number}-{name}": text for name, text in values.items()}


def send(client, do="add", **fields):
    return client.post(PATH, {**typed(client, **fields), "do": do})


def names(organization):
    return set(User.objects.in_organization(organization).filter(source="portal").values_list("user_name", flat=True))


THREE = {
    **row(0, "zoe@example.com", "Zoë", "Young", "CEO"),
    **row(2, "max@example.com", "Max"),
    **row(4, "ida@example.com"),
}


def test_people_in_the_rows_are_added_and_invited(organization, portal):
    assert send(portal, **THREE)["Location"] == "/users/"
    assert names(organization) == {"zoe@example.com", "max@example.com", "ida@example.com"}
    zoe = User.objects.get(user_name="zoe@example.com")
    assert (zoe.status, zoe.display_name, zoe.document["title"]) == (Status.NOT_VERIFIED, "Zoë Young", "CEO")
    send_due_mail()
    assert {message.to[0] for message in mail.outbox} == names(organization)


def test_each_person_has_one_event_that_refers_to_the_parent(organization, portal):
    send(portal, **THREE)
    job = Job.objects.get(kind="add-users")
    events = AuditEvent.objects.filter(action="user.created")
    created = [event for event in events if event.target_label in names(organization)]
    assert [event.details["job"] for event in created] == [str(job.pk)] * 3
    assert AuditEvent.objects.filter(action="job.started", target_id=str(job.pk)).count() == 1
    assert (job.state, job.done, job.counts) == ("done", 3, {"added": 3})
    assert job.parameters["people"] == [], "the people are not kept in the job"


def test_single_person_needs_no_parent_event(organization, portal):
    answer = send(portal, **row(3, "zoe@example.com"))
    assert answer["Location"] == f"/users/{User.objects.get(user_name='zoe@example.com').pk}/"
    assert not Job.objects.exists()


def test_adding_rows_keeps_the_input(portal):
    page = pages.read(send(portal, "more", **THREE, **row(1, "not an address"), role="help_desk"))
    fields = page.form("").fields
    assert fields["rows"] == "10"
    assert fields["r0-title"] == "CEO"
    assert fields["r1-address"] == "not an address"
    assert fields["role"] == "help_desk"
    assert len(page.all("table.many tbody tr")) == 10
    assert not page.all(".field__error"), "nothing was to be added yet"


def test_table_has_at_most_25_rows(portal):
    page = pages.read(portal.post(PATH, {"rows": "25", "do": "more"}))
    assert len(page.all("table.many tbody tr")) == 25
    assert not page.all("button[value=more]")


def test_errors_are_shown_in_their_rows_and_no_input_is_lost(organization, portal):
    factories.make_user(organization, "taken@example.com")
    bad = {**row(1, "malformed@", "Mo"), **row(3, "taken@example.com", "Ta")}
    answer = send(portal, **THREE, **bad)
    assert answer.status_code == 422
    page = pages.read(answer)
    assert "valid email address" in page.texts("#id_r1-address_error")[0]
    assert "Another user has the userName" in page.texts("#id_r3-address_error")[0]
    assert page.form("").fields.items() >= {**THREE, **bad}.items()
    assert page.one("#id_r1-address")["aria-describedby"] == "id_r1-address_error"
    assert names(organization) == set()


def test_valid_people_are_added_while_invalid_rows_stay(organization, portal):
    bad = {**row(1, "malformed@", "Mo"), **row(3, "", "Nameless")}
    page = pages.read(send(portal, **THREE, **bad))
    assert page.texts("button[value=valid]") == ["Add 3 valid people now"]
    assert send(portal, "valid", **THREE, **bad)["Location"] == PATH
    left = pages.read(portal.get(PATH))
    assert names(organization) == {"zoe@example.com", "max@example.com", "ida@example.com"}
    fields = left.form("").fields
    assert (fields["r0-address"], fields["r0-given_name"]) == ("malformed@", "Mo")
    assert (fields["r1-address"], fields["r1-given_name"]) == ("", "Nameless")
    assert "3 users added." in left.text
    assert left.texts("#id_r1-address_error") == ["Enter an email address."]
    again = pages.read(portal.get(PATH)).form("").fields
    assert again == {**fields, "form_id": again["form_id"]}, "a reload keeps the rows"


def test_person_refused_after_validation_stays_in_the_row(organization, portal, monkeypatch):
    factories.make_user(organization, "max@example.com")
    monkeypatch.setattr("controlhub.portal.forms.added_people.PeopleForm._refuse_taken", lambda *_: None)
    send(portal, **THREE)
    left = pages.read(portal.get(PATH))
    assert names(organization) == {"zoe@example.com", "ida@example.com"}
    assert left.form("").fields["r0-address"] == "max@example.com"
    assert "Another user has the userName" in left.texts("#id_r0-address_error")[0]


def test_reason_of_the_late_refusal_is_kept_with_its_row(organization, portal):
    account, _ = factories.make_admin(organization, "max@example.com")
    User.objects.filter(pk=account.user_id).update(user_name="other", user_name_key="other")
    fields = typed(portal, **THREE, role="help_desk", reason="")
    assert portal.post(PATH, {**fields, "do": "add"})["Location"] == PATH
    left = pages.read(portal.get(PATH))
    assert left.texts("#id_r0-address_error") == [str(AddressTakenError.default_message)]
    assert left.form("").fields["role"] == "help_desk"
    assert left.one("#id_invite").has_attr("checked")


def links(page):
    """The lines with invitation links, by address."""
    return dict(line.split() for line in page.texts(".codes code"))


def test_all_links_are_shown_if_mail_is_not_set_up(organization, portal, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    answer = send(portal, **THREE)
    shown = links(pages.read(portal.get(answer["Location"])))
    assert shown.keys() == names(organization)
    for address, url in shown.items():
        assert find_invitation(url.rstrip("/").rpartition("/")[2]).address == address


def test_links_are_shown_next_to_the_remaining_rows(portal, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    send(portal, "valid", **THREE, **row(1, "malformed@"))
    left = pages.read(portal.get(PATH))
    assert len(links(left)) == 3
    assert left.one("#id_r0-address")["value"] == "malformed@"


def test_links_are_not_shown_if_mail_is_sent(portal):
    assert links(pages.read(portal.get(send(portal, **THREE)["Location"]))) == {}


def test_duplicate_address_refers_to_the_first_row(portal):
    page = pages.read(send(portal, **row(0, "zoe@example.com"), **row(1, "ZOE@example.com")))
    assert page.texts("#id_r1-address_error") == ["Row 1 has the same address."]


def test_empty_table_is_refused(portal):
    page = pages.read(send(portal))
    assert page.texts("#id_r0-address_error") == ["Enter the email address of at least one person."]


def test_pasted_lines_become_rows_and_entered_rows_stay(portal):
    lines = "zoe@example.com\tZoë\tYoung\nmax@example.com\tMax\n"
    fields = pages.read(send(portal, "paste", **row(1, "ida@example.com"), lines=lines)).form("").fields
    assert [fields[f"r{number}-address"] for number in range(3)] == [
        "ida@example.com",
        "zoe@example.com",
        "max@example.com",
    ]
    assert (fields["r1-family_name"], fields["lines"]) == ("Young", "")


def test_pasted_lines_can_be_added_directly(organization, portal):
    send(portal, lines="zoe@example.com\nmax@example.com\n")
    assert names(organization) == {"zoe@example.com", "max@example.com"}


def test_lines_beyond_the_limit_stay_in_the_text(organization, portal):
    lines = "\n".join(f"user{number}@example.com" for number in range(27))
    page = pages.read(send(portal, lines=lines))
    fields = page.form("").fields
    assert fields["lines"].split() == ["user25@example.com", "user26@example.com"]
    assert fields["r24-address"] == "user24@example.com"
    assert names(organization) == set(), "nobody is added while lines wait"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zoe@example.com", {"address": "zoe@example.com"}),
        ("Zoë,Young,zoe@example.com,CEO", {"address": "zoe@example.com", "given_name": "Zoë", "title": "CEO"}),
        ("zoe@example.com;Zoë;Young", {"address": "zoe@example.com", "family_name": "Young"}),
        ("Last Name\tE-mail\nYoung\tzoe@example.com", {"address": "zoe@example.com", "family_name": "Young"}),
        ("Zoë van Young <zoe@example.com>", {"given_name": "Zoë van", "family_name": "Young"}),
        ('"Young, Zoë",zoe@example.com', {"given_name": "Young, Zoë"}),
        ("no address here", {"given_name": "no address here"}),
    ],
)
def test_lines_are_parsed_in_common_formats(organization, text, expected):
    ((_line, person),) = read_people(text, organization)
    assert person.items() >= expected.items()


def test_everybody_gets_the_role_and_joins_the_group(organization, portal):
    group = create_group(organization, document={"displayName": "Staff"}, actor=factories.COMMAND)
    send(portal, **THREE, role="help_desk", group="staff")
    assert group.memberships.count() == 3
    assert set(Account.objects.filter(user__source="portal").values_list("role", flat=True)) == {"help_desk"}


def test_unknown_group_is_an_error_in_its_field(organization, portal):
    page = pages.read(send(portal, **THREE, group="Nobody"))
    assert page.texts("#id_group_error") == ["There is no group with this name."]
    assert not page.all("button[value=valid]"), "the group would be missing"
    assert names(organization) == set()


def test_role_above_ones_own_cannot_be_given(organization):
    account, _ = factories.make_admin(organization, "user@example.com", Role.USER_ADMIN)
    client = factories.browser(account)
    assert client.post(PATH, {**typed(client, **THREE), "role": "full_admin"}).status_code == 422
    group = create_group(organization, document={"displayName": "Admins"}, actor=factories.COMMAND)
    map_group(group, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    assert client.post(PATH, {**typed(client, **THREE), "group": "Admins"}).status_code == 409
    assert names(organization) == set()
    assert not Job.objects.exists()


def test_people_can_be_added_without_an_invitation(organization, portal):
    fields = typed(portal, **THREE)
    del fields["invite"]
    portal.post(PATH, {**fields, "do": "add"})
    assert {user.status for user in User.objects.filter(source="portal")} == {Status.NOT_VERIFIED}
    send_due_mail()
    assert mail.outbox == []


def test_administrators_must_be_invited(organization, portal):
    fields = typed(portal, **THREE, role="help_desk")
    del fields["invite"]
    page = pages.read(portal.post(PATH, {**fields, "do": "add"}))
    assert "to choose a password" in page.texts("#id_invite_error")[0]


def test_failed_job_adds_nobody_and_keeps_the_rows(organization, portal, monkeypatch):
    group = create_group(organization, document={"displayName": "Staff"}, actor=factories.COMMAND)
    monkeypatch.setattr("controlhub.actions.added_people._group", lambda _job: group.delete() and group)
    answer = send(portal, **THREE, group="Staff")
    assert pages.read(answer).form("").fields.items() >= THREE.items()
    assert names(organization) == set()


def test_another_person_can_be_added_afterwards(portal):
    page = pages.read(portal.get("/users/add/"))
    button = page.one("form.confirm button[name]")
    body = {**page.form("").fields, "address": "zoe@example.com", button["name"]: button["value"]}
    answer = portal.post("/users/add/", body)
    assert answer["Location"] == "/users/add/"
    assert "zoe@example.com added." in pages.read(portal.get("/users/add/")).text
