"""An Inactive user is reactivated only by an explicit true, and the resource always shows the current state."""

import pytest

from controlhub.models import User
from tests.scim.writes import EACH_BASE, subject_of

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CLEARS = {
    "replace null": lambda subject: subject.patch("replace", "active", None),
    "add null": lambda subject: subject.patch("add", "active", None),
    "remove": lambda subject: subject.operate({"op": "remove", "path": "active"}),
    "remove by URN": lambda subject: subject.operate(
        {"op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active"}
    ),
    "without path": lambda subject: subject.patch_without_path("replace", "active", None),
    "array of null": lambda subject: subject.patch("replace", "active", [None]),
    "PUT without active": lambda subject: subject.put("displayName", "Neo"),
    "PUT with null": lambda subject: subject.put("active", None),
    "PUT with an array of null": lambda subject: subject.put("active", [None]),
    "Bulk PUT without active": lambda subject: subject.bulk("PUT", {**subject.required, "title": "One"}),
    "Bulk PATCH": lambda subject: subject.bulk(
        "PATCH",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "value": {"active": None}}],
        },
    ),
}
RETURNS = {
    "replace true": lambda subject: subject.patch("replace", "active", True),
    "Entra's text": lambda subject: subject.patch("Replace", "active", "True"),
    "PUT": lambda subject: subject.put("active", True),
    "array of one": lambda subject: subject.patch("replace", "active", [True]),
    "Bulk PUT": lambda subject: subject.bulk("PUT", {**subject.required, "active": True}),
}


@pytest.fixture(params=EACH_BASE)
def neo(request, organization):
    subject = subject_of(organization, "/Users", request.param)
    subject.make()
    return subject


def is_found_active(subject, text):
    filtered = subject.client.get(f"/Users?filter=active%20eq%20{text}").document["totalResults"]
    assert subject.client.get("/Users?sortBy=active").document["Resources"][0]["active"] is subject.read()["active"]
    return bool(filtered)


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("clear", CLEARS.values(), ids=CLEARS)
def test_clearing_active_changes_nothing(neo, active, clear):
    neo.patch("replace", "active", active)
    outcome = clear(neo)
    assert outcome.status == 200
    assert outcome.document["active"] is active
    assert neo.read()["active"] is active
    assert User.objects.get().active is active
    assert is_found_active(neo, "true") is active
    assert is_found_active(neo, "false") is not active


@pytest.mark.parametrize("back", RETURNS.values(), ids=RETURNS)
def test_explicit_true_reactivates(neo, back):
    neo.patch("replace", "active", False)
    assert back(neo).document["active"] is True
    assert is_found_active(neo, "true")


@pytest.mark.parametrize("body", [{}, {"active": None}, {"active": [None]}])
def test_new_user_without_active_is_active(neo, body):
    neo.client.delete(neo.address)
    answer = neo.client.post("/Users", {**neo.required, **body})
    assert answer.document["active"] is True


def test_other_changes_keep_an_inactive_user_inactive(neo):
    neo.patch("replace", "active", False)
    for path, value in (("displayName", "Neo"), ("name.givenName", "Thomas"), ("userName", "neo@zion.example")):
        assert neo.patch("replace", path, value).document["active"] is False
