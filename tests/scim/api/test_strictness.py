"""Each organization chooses what it tolerates. Tolerances are logged, and changed by command or on the page."""

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from controlhub.models import Organization
from tests import factories

NEO = {"schemas": [factories.ENTRA_CORE], "userName": "neo@example.com"}
CREW = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Crew"}
ENTRA_DEACTIVATES = {"op": "Replace", "path": "active", "value": "False"}


def policies(organization, *options):
    call_command("change_policies", str(organization.pk), *options)
    organization.refresh_from_db()


def test_deviation_is_tolerated_by_default_and_named_in_the_event(organization, scim):
    user = factories.make_user(organization)
    assert scim.patch(f"/Users/{user.pk}", ENTRA_DEACTIVATES).document["active"] is False
    event = AuditEvent.objects.get(action="user.deactivated")
    assert event.details["tolerated"] == ["boolean-as-string", "operation-case"]


def test_tolerances_are_recorded_for_groups(scim):
    scim.post("/Groups", {**CREW, "favouriteColour": "green"})
    assert AuditEvent.objects.get(action="group.created").details["tolerated"] == ["unknown-attribute"]


def test_strict_refuses_all_deviations_and_lenient_accepts_them(organization, scim):
    user = factories.make_user(organization)
    policies(organization, "--strict")
    assert scim.patch(f"/Users/{user.pk}", ENTRA_DEACTIVATES).status_code == 400
    assert scim.post("/Users", {**NEO, "nonsense": 1}).document["scimType"] == "invalidValue"
    replace = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "x@example.com"}
    assert scim.patch(f"/Users/{user.pk}", replace).document["scimType"] == "noTarget"
    policies(organization, "--lenient")
    assert scim.patch(f"/Users/{user.pk}", ENTRA_DEACTIVATES).status_code == 200
    event = AuditEvent.objects.filter(action="organization.updated").order_by("created_at").last()
    assert event.changes[0]["attribute"] == "refused_tolerances"


def test_single_tolerance_can_be_refused(organization, scim):
    user = factories.make_user(organization)
    policies(organization, "--refuse", "operation-case")
    assert scim.patch(f"/Users/{user.pk}", ENTRA_DEACTIVATES).document["scimType"] == "invalidSyntax"
    assert scim.patch(f"/Users/{user.pk}", {**ENTRA_DEACTIVATES, "op": "replace"}).status_code == 200


def test_tolerances_apply_to_bulk(organization, scim):
    policies(organization, "--strict")
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "POST", "path": "/Users", "bulkId": "1", "data": {"userName": "x", "nonsense": 1}}],
    }
    assert scim.post("/Bulk", body).document["Operations"][0]["status"] == "400"


def test_inactive_user_is_not_revived_if_disabled(organization, scim):
    policies(organization, "--revive-on-create", "off")
    user = factories.make_user(organization)
    scim.patch(f"/Users/{user.pk}", {"op": "replace", "path": "active", "value": False})
    assert scim.post("/Users", {"userName": user.user_name}).status_code == 409


def test_unique_group_names_require_unique_existing_names(organization, scim):
    for _ in range(2):
        scim.post("/Groups", {"displayName": "Crew"})
    with pytest.raises(CommandError, match="rename one"):
        policies(organization, "--unique-group-names", "on")
    assert not Organization.objects.get(pk=organization.pk).unique_group_names


def test_unchanged_policy_is_not_recorded(organization):
    policies(organization)
    policies(organization, "--lenient")
    assert not AuditEvent.objects.filter(action="organization.updated").exists()
