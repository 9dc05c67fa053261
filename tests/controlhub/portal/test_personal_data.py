"""The export of the data stored about one person."""

import pytest

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions import users
from controlhub.models import Role
from tests import factories

NAME = "qtrinity@example.com"
PERSON = {"userName": NAME, "emails": [{"value": "private@qtrinity.example"}], "title": "Qpilot <b>"}


@pytest.fixture
def person(organization, scim):
    """The ID of a person changed by a client and another administrator, who in turn changed another user."""
    made = scim.post("/Users", PERSON).document["id"]
    group = scim.post("/Groups", {"displayName": "Crew", "members": [{"value": made}]})
    assert group.status_code == 201
    other = factories.make_user(organization, "qneo@example.com", title="Secret of Neo")
    acting = Actor(ActorKind.ADMIN, id=made, label=NAME, address="192.0.2.99", role=Role.FULL_ADMIN)
    users.hold_user(other, reason="Secret of Neo", actor=acting)
    by_other = Actor(ActorKind.ADMIN, id=str(other.pk), label="qneo@example.com", role=Role.FULL_ADMIN)
    user = users.lifecycle.lock(type(other).objects.get(pk=made))
    users.hold_user(user, reason="Case of Trinity", actor=by_other)
    users.release_user(user, actor=by_other)
    return made


def export(portal, person, file_format="json"):
    response = portal.post(f"/users/{person}/data/", {"format": file_format})
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="personal-data-{person}.{file_format}"'
    return response


def test_file_contains_the_data_stored_about_the_person(portal, person):
    data = export(portal, person).json()
    assert data["user"][0]["document"]["title"] == "Qpilot <b>"
    assert [row["group__display_name"] for row in data["memberships"]] == ["Crew"]
    assert {"Add user", "Place legal hold"} <= {event["activity"] for event in data["events_about"]}
    assert [event["address"] for event in data["events_by"]] == ["192.0.2.99"]
    assert "Case of Trinity" in str(data["events_about"])


@pytest.mark.parametrize("file_format", ["json", "html"])
def test_file_contains_no_other_person(portal, person, file_format):
    text = export(portal, person, file_format).content.decode()
    assert NAME in text
    assert [value for value in ("qneo", "Secret of Neo") if value in text] == []


def test_values_are_escaped_in_html(portal, person):
    text = export(portal, person, "html").content.decode()
    assert "Qpilot &lt;b&gt;" in text
    assert "<b>" not in text


def test_export_is_recorded(portal, person):
    export(portal, person, "html")
    event = AuditEvent.objects.about(person).get(action="user.data_exported")
    assert (event.details, event.target_label) == ({"format": "html"}, NAME)


def test_data_of_a_deleted_person_can_be_exported(portal, scim, person):
    assert scim.delete(f"/Users/{person}").status_code == 204
    data = export(portal, person).json()
    assert (data["user"], data["deletion"][0]["cause"]) == ([], "scim")
    assert NAME in str(data["events_about"])


def test_unknown_person_is_not_found(portal, other_organization):
    stranger = factories.make_user(other_organization, "stranger")
    for user_id in (stranger.pk, "01a21722-2bff-75ff-a872-962eaeeb6cf1"):
        assert portal.get(f"/users/{user_id}/data/").status_code == 404
