"""IDs are accepted as issued by Control Hub, in either case. Other UUID notations that Python accepts match nothing."""

from urllib.parse import quote
from uuid import UUID

import pytest

from controlhub.models import Membership
from controlhub.models.users import Status
from scim.protocol import urns
from tests import factories

OTHER_FORMS = {
    "without hyphens": lambda pk: pk.hex,
    "in braces": lambda pk: f"{{{pk}}}",
    "as a URN": lambda pk: f"urn:uuid:{pk}",
    "with other hyphens": lambda pk: f"{pk.hex}----",
}


def make_group(scim, *members):
    body = {"schemas": [urns.CORE_GROUP], "displayName": "Research", "members": [{"value": str(pk)} for pk in members]}
    return scim.post("/Groups", body).document["id"]


@pytest.fixture(params=OTHER_FORMS.values(), ids=OTHER_FORMS)
def other_form(request):
    return request.param


def test_uppercase_id_finds_the_user(scim, organization):
    user = factories.make_user(organization)
    assert scim.get(f"/Users/{str(user.pk).upper()}").document["id"] == str(user.pk)


def test_url_with_another_notation_is_not_found(scim, organization, other_form):
    user = factories.make_user(organization)
    address = f"/Users/{other_form(user.pk)}"
    change = {"op": "replace", "path": "title", "value": "The One"}
    answers = [scim.get(address), scim.patch(address, change), scim.delete(address)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    user.refresh_from_db()
    assert (user.status, user.document.get("title")) == (Status.ACTIVE, None)


@pytest.mark.parametrize(
    ("path", "attribute"),
    [("/Users", "id"), ("/Users", "groups.value"), ("/Groups", "id"), ("/Groups", "members.value")],
)
def test_filter_with_another_notation_finds_nothing(scim, organization, other_form, path, attribute):
    user = factories.make_user(organization).pk
    group = UUID(make_group(scim, user))
    named = user if (path == "/Users") == (attribute == "id") else group
    for value, number in ((named, 1), (other_form(named), 0)):
        found = f'{attribute} eq "{value}"'
        assert scim.get(f"{path}?filter={quote(found)}").document["totalResults"] == number


def test_member_in_another_notation_is_not_added(scim, organization, other_form):
    user, group = factories.make_user(organization), make_group(scim)
    add = {"op": "add", "path": "members", "value": [{"value": other_form(user.pk)}]}
    scim.patch(f"/Groups/{group}", add)
    assert not Membership.objects.exists()
