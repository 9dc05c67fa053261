"""Values of custom attributes that must be unique."""

import pytest

from audit.models import AuditEvent
from controlhub.actions import uniqueness
from controlhub.actions.organizations import change_policies
from controlhub.actions.schemas import register_schema
from controlhub.actions.uniqueness import claim_values, release_values
from controlhub.actions.users import reactivate_user
from controlhub.errors import ValueTakenError
from controlhub.models import UniqueValue, User
from tests import factories

BADGE = "urn:example:2.0:Badge"


@pytest.fixture
def badges(organization):
    """Users have a number and a locker, both of which are unique."""
    attributes = [{"name": name, "type": "string", "uniqueness": "server"} for name in ("number", "locker")]
    definition = {"id": BADGE, "name": "Badge", "attributes": attributes}
    register_schema(organization, definition=definition, extends="User", actor=factories.COMMAND)


def post(scim, name, **badge):
    return scim.post("/Users", {"userName": f"{name}@example.com", BADGE: badge})


def test_refusal_names_the_attribute_with_the_taken_value(scim, badges):
    post(scim, "neo", number="7", locker="A")
    answer = post(scim, "smith", number="8", locker="a")
    assert (answer.status_code, answer.document["scimType"]) == (409, "uniqueness")
    assert f"{BADGE}:locker" in answer.document["detail"]
    assert post(scim, "smith", number="8", locker="B").status_code == 201, "the refused request has claimed nothing"


def test_user_is_not_restored_while_another_has_the_unique_value(organization, scim, badges):
    change_policies(organization, changes={"scim_delete": "soft"}, actor=factories.COMMAND)
    gone = post(scim, "neo", number="7").document["id"]
    scim.delete(f"/Users/{gone}")
    other = post(scim, "smith", number="7").document["id"]
    with pytest.raises(ValueTakenError, match="Change it there"):
        reactivate_user(User.objects.get(pk=gone), actor=factories.COMMAND)
    user = User.objects.get(pk=gone)
    assert (user.active, user.hidden) == (False, True)
    assert not AuditEvent.objects.about(gone).filter(action="user.restored").exists()
    scim.patch(f"/Users/{other}", {"op": "replace", "path": f"{BADGE}:number", "value": "8"})
    reactivate_user(user, actor=factories.COMMAND)
    assert post(scim, "trinity", number="7").status_code == 409


def test_value_freed_during_the_refusal_is_still_refused(organization, monkeypatch):
    first, second = (factories.make_user(organization, f"user{number}@example.com") for number in range(2))
    claim_values(organization.pk, "User", first.pk, {"number": "7"})
    taken = uniqueness._taken

    def released(*args):
        release_values(organization.pk, first.pk)
        return taken(*args)

    monkeypatch.setattr(uniqueness, "_taken", released)
    with pytest.raises(ValueTakenError) as refused:
        claim_values(organization.pk, "User", second.pk, {"number": "7"})
    assert refused.value.field == "number"
    assert not UniqueValue.objects.exists()
    claim_values(organization.pk, "User", second.pk, {"number": "7"})
    assert UniqueValue.objects.get().resource_id == second.pk
