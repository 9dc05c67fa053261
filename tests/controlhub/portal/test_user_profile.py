"""The profile of a user: sources of values, manual changes, overrides, and the note for administrators."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from controlhub.actions.notes import MAX_NOTE, write_note
from controlhub.actions.users import delete_user, purge_inactive_user
from controlhub.errors import InvalidSettingError
from controlhub.models import Connection, Role, User, UserRemark
from tests import factories, pages
from tests.factories import COMMAND


@pytest.fixture
def local(organization):
    return factories.make_user(organization, "local@example.com", displayName="Local", title="Guide")


@pytest.fixture
def owned(scim):
    answer = scim.post("/Users", {"userName": "owned@example.com", "externalId": "7", "title": "Guide"})
    Connection.objects.update(name="Directory of Zion")
    return User.objects.select_related("connection").get(pk=answer.document["id"])


def row_of(portal, user, path, query="?show=all"):
    page = pages.read(portal.get(f"/users/{user.pk}/profile/{query}"))
    return next(row for row in page.all("table.attr tbody tr") if row.select_one("th .mono").text == path)


def edit(portal, user, path, **fields):
    return portal.post(f"/users/{user.pk}/profile/{path}/edit/", fields)


def document(user):
    return User.objects.get(pk=user.pk).document


def test_profile_shows_the_source_of_a_value(portal, admin, owned):
    assert "Directory of Zion" in row_of(portal, owned, "title").text
    edit(portal, owned, "nickName", value="Owny")
    assert admin.user.display_label in row_of(portal, owned, "nickName").text


def test_profile_shows_empty_attributes_only_on_request(portal, local):
    shown = pages.read(portal.get(f"/users/{local.pk}/profile/")).texts("table.attr th .mono")
    assert {"userName", "title", "displayName"} <= set(shown)
    assert "nickName" not in shown
    found = pages.read(portal.get(f"/users/{local.pk}/profile/?show=all&q=cost")).texts("table.attr th .mono")
    assert found == ["costCenter"], "the heading of the section has the schema"


def test_profile_counts_its_attributes(portal, owned):
    edit(portal, owned, "title", value="Manager", reason="Promoted")
    page = pages.read(portal.get(f"/users/{owned.pk}/profile/"))
    shown = {pages.text_of(row) for row in page.all("table.attr th .mono")}
    first, rest, overridden = (int(text) for text in page.texts("nav.seg a .num"))
    assert first == len(shown) < rest == len(pages.read(portal.get(f"/users/{owned.pk}/profile/?show=all")).all("td.v"))
    assert overridden == 1


def test_local_attribute_is_changed_and_recorded(portal, local):
    assert edit(portal, local, "title", value="Manager").status_code == 302
    assert document(local)["title"] == "Manager"
    event = AuditEvent.objects.about(local.pk).get(action="user.updated")
    assert (event.actor_kind, event.reason) == ("admin", "")
    assert event.changes == [{"attribute": "title", "op": "changed", "old": "Guide", "new": "Manager"}]


def test_empty_value_removes_the_attribute(portal, local):
    edit(portal, local, "title", value="")
    assert "title" not in document(local)


def test_extension_attribute_and_part_of_a_name_can_be_changed(portal, local):
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    edit(portal, local, f"{enterprise}:department", value="Finance")
    edit(portal, local, "name.givenName", value="Lo")
    assert document(local)[enterprise] == {"department": "Finance"}
    assert User.objects.get(pk=local.pk).given_name == "Lo"


def test_multi_valued_addresses_can_be_added_changed_and_removed(portal, local):
    added = {"value-0": "a@example.com", "type-0": "work", "value-1": "b@example.com", "type-1": "home"}
    edit(portal, local, "emails", **added)
    assert document(local)["emails"] == [
        {"value": "a@example.com", "type": "work"},
        {"value": "b@example.com", "type": "home"},
    ]
    edit(portal, local, "emails", **{"value-0": "", "type-0": "work", "value-1": "c@example.com", "primary-1": "true"})
    assert document(local)["emails"] == [{"value": "c@example.com", "primary": True}]
    edit(portal, local, "addresses", **{"locality-0": "Cape Town", "country-0": "ZA", "type-0": "work"})
    assert document(local)["addresses"] == [{"locality": "Cape Town", "type": "work", "country": "ZA"}]


def test_form_shows_the_stored_value(portal, local):
    edit(portal, local, "emails", **{"value-0": "a@example.com", "type-0": "work"})
    fields = pages.read(portal.get(f"/users/{local.pk}/profile/emails/edit/")).form("").fields
    assert (fields["value-0"], fields["type-0"], fields["value-1"]) == ("a@example.com", "work", "")


def test_invalid_and_taken_values_are_refused(organization, portal, local):
    factories.make_user(organization, "taken@example.com")
    assert edit(portal, local, "userName", value="TAKEN@example.com").status_code == 409
    assert edit(portal, local, "userName", value="").status_code == 409
    assert edit(portal, local, "title", value="a\u202eb").status_code == 422
    assert document(local)["userName"] == "local@example.com"


def test_change_based_on_an_outdated_version_is_refused(portal, local):
    version = pages.read(portal.get(f"/users/{local.pk}/profile/title/edit/")).form("").fields["version"]
    edit(portal, local, "nickName", value="Lo")
    answer = edit(portal, local, "title", value="Manager", version=version)
    assert answer.status_code == 409
    assert "has changed in the meantime" in pages.read(answer).text
    assert document(local)["title"] == "Guide"


@pytest.mark.parametrize(
    "path", ["active", "password", "groups", "id", "meta", "nothing", "TITLE", "name", "a b[", "emails.value"]
)
def test_other_attributes_cannot_be_edited(portal, local, path):
    assert portal.get(f"/users/{local.pk}/profile/{path}/edit/").status_code == 404


def test_owned_attribute_needs_a_reason(portal, owned):
    assert edit(portal, owned, "title", value="Manager").status_code == 422
    assert document(owned)["title"] == "Guide"
    assert edit(portal, owned, "title", value="Manager", reason="Promotion").status_code == 302
    assert document(owned)["title"] == "Manager"
    event = AuditEvent.objects.about(owned.pk).get(action="user.updated")
    assert event.reason == "Promotion"


def test_attribute_without_a_value_is_not_owned(portal, owned):
    assert edit(portal, owned, "nickName", value="Owny").status_code == 302
    assert edit(portal, owned, "nickName", value="Own").status_code == 302, "an administrator set it"
    assert not UserRemark.objects.exists()


def test_override_shows_what_the_directory_sent_and_can_be_removed(portal, owned):
    edit(portal, owned, "title", value="Manager", reason="Promotion")
    edit(portal, owned, "title", value="Director", reason="Again")
    row = row_of(portal, owned, "title", "?show=overridden")
    assert "is-over" in row["class"]
    assert "Directory of Zion sent Guide." in " ".join(row.text.split())
    assert "Again" in row.text
    portal.post(f"/users/{owned.pk}/profile/title/override/")
    assert document(owned)["title"] == "Guide"
    assert not pages.read(portal.get(f"/users/{owned.pk}/profile/?show=overridden")).all("table.attr tr")


def test_override_ends_when_the_directory_sends_another_value(portal, scim, owned):
    edit(portal, owned, "title", value="Manager", reason="Promotion")
    scim.patch(f"/Users/{owned.pk}", {"op": "replace", "path": "nickName", "value": "x"})
    assert document(owned)["title"] == "Manager", "another attribute"
    scim.patch(f"/Users/{owned.pk}", {"op": "replace", "path": "title", "value": "Chief"})
    assert document(owned)["title"] == "Chief"
    assert "is-over" not in row_of(portal, owned, "title").get("class", [])
    answer = portal.post(f"/users/{owned.pk}/profile/title/override/", follow=True)
    assert "is not overridden" in pages.read(answer).text


def test_user_with_a_higher_role_cannot_be_changed(organization, admin, local):
    other, _ = factories.make_admin(organization, "ua@example.com", Role.USER_ADMIN)
    answer = edit(factories.browser(other), admin.user, "title", value="x")
    assert answer.status_code == 409
    assert "title" not in document(admin.user)


def test_deleted_user_cannot_be_edited(portal, local):
    delete_user(local, actor=COMMAND)
    assert portal.get(f"/users/{local.pk}/profile/title/edit/").status_code == 404
    assert portal.get(f"/users/{local.pk}/profile/").status_code == 200


def test_value_of_a_secret_attribute_is_not_logged(organization, portal, local):
    organization.secret_attributes = ["title"]
    organization.save(update_fields=["secret_attributes"])
    edit(portal, local, "title", value="Hidden")
    assert "Hidden" not in str([event.changes for event in AuditEvent.objects.about(local.pk)])


def test_value_older_than_the_examined_events_is_shown_as_first_seen(portal, local, monkeypatch):
    monkeypatch.setattr("controlhub.models.provenance.LOOKED_AT", 2)
    for number in range(4):
        edit(portal, local, "nickName", value=f"Lo{number}")
    assert "First seen" in row_of(portal, local, "title").text
    assert "First seen" not in row_of(portal, local, "nickName").text


def test_number_of_queries_does_not_depend_on_the_number_of_attributes(portal, scim, local):
    def queries():
        with CaptureQueriesContext(connection) as found:
            portal.get(f"/users/{local.pk}/profile/?show=all")
        return len(found)

    queries()
    before = queries()
    for name in ("nickName", "userType", "locale", "timezone"):
        scim.patch(f"/Users/{local.pk}", {"op": "replace", "path": name, "value": "x"})
    assert queries() <= before + 1, "tokens of clients are looked up once there are any"
    assert before <= 16


def test_only_administrators_see_the_note(organization, portal, admin, scim, local):
    assert portal.post(f"/users/{local.pk}/note/", {"note": "Leaves soon.\nKeep."}).status_code == 302
    page = pages.read(portal.get(f"/users/{local.pk}/")).one("section[aria-labelledby=note-h]").text
    assert "Leaves soon." in page
    assert admin.sign_in_address in page
    assert "Leaves soon" not in str(scim.get(f"/Users/{local.pk}").document)
    event = AuditEvent.objects.about(local.pk).get(action="user.noted")
    assert "Leaves" not in f"{event.changes} {event.details}"
    portal.post(f"/users/{local.pk}/note/", {"note": "Leaves soon.\nKeep."})
    assert AuditEvent.objects.about(local.pk).filter(action="user.noted").count() == 1, "nothing changed"


def test_note_that_is_too_long_keeps_the_old_one(portal, local):
    write_note(local, text="x" * MAX_NOTE, actor=COMMAND)
    with pytest.raises(InvalidSettingError, match="at most 4000 characters") as refused:
        write_note(local, text="y" * (MAX_NOTE + 1), actor=COMMAND)
    assert refused.value.field == "note"
    assert set(UserRemark.objects.get().note) == {"x"}
    assert AuditEvent.objects.filter(action="user.noted").count() == 1


def test_note_is_deleted_with_the_user(portal, local):
    portal.post(f"/users/{local.pk}/note/", {"note": "Leaves soon."})
    delete_user(local, actor=COMMAND)
    purge_inactive_user(local, actor=COMMAND)
    assert not UserRemark.objects.exists()
