"""Nobody gets a higher role through a group; every refusal has the same message and is recorded."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.groups import create_group
from controlhub.actions.mappings import map_group
from controlhub.actions.tokens import issue_personal_token
from controlhub.models import Membership, Role, Scope
from tests import factories
from tests.conftest import ScimClient

MESSAGE = "This role has permissions that yours lacks. Ask a full administrator."


class Scene:
    """A user administrator with a token; *Ops* makes full administrators, *Own* is an ordinary group."""

    def __init__(self, organization):
        factories.make_admin(organization)
        self.account, _ = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)
        _, secret = issue_personal_token(
            self.account, name="mine", scopes=[Scope.SCIM_READ, Scope.SCIM_WRITE], days=1, actor=factories.COMMAND
        )
        self.scim = ScimClient(organization, secret)
        self.ops = self.make(organization, "Ops")
        self.own = self.make(organization, "Own")
        map_group(self.ops, role=Role.FULL_ADMIN, actor=factories.COMMAND)

    def make(self, organization, name):
        return create_group(organization, document={"displayName": name}, actor=factories.COMMAND)

    def add(self, group, member):
        return self.scim.patch(
            f"/Groups/{group.pk}", {"op": "add", "path": "members", "value": [{"value": str(member)}]}
        )

    def create_around(self, member):
        return self.scim.post("/Groups", {"displayName": "New", "members": [{"value": str(member)}]})


ATTEMPTS = {
    "join Ops": lambda scene: scene.add(scene.ops, scene.account.user_id),
    "put Ops into the own group": lambda scene: scene.add(scene.own, scene.ops.pk),
    "put the own group into Ops": lambda scene: scene.add(scene.ops, scene.own.pk),
    "create a group around Ops": lambda scene: scene.create_around(scene.ops.pk),
    "replace the members of the own group by Ops": lambda scene: scene.scim.put(
        f"/Groups/{scene.own.pk}", {"displayName": "Own", "members": [{"value": str(scene.ops.pk)}]}
    ),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_scim_with_a_personal_token_refuses_and_records(organization, attempt):
    scene = Scene(organization)
    answer = ATTEMPTS[attempt](scene)
    assert (answer.status_code, answer.document["detail"]) == (403, MESSAGE)
    assert not Membership.objects.exists()
    event = AuditEvent.objects.get(action="role.refused")
    assert (event.result, event.reason, event.actor_label) == ("failure", MESSAGE, "mine")


def test_a_refused_bulk_operation_is_recorded(organization):
    scene = Scene(organization)
    body = factories.patch_body(
        {"op": "add", "path": "members", "value": [{"value": str(scene.account.user_id)}]},
    )
    operation = {"method": "PATCH", "path": f"/Groups/{scene.ops.pk}", "data": body}
    schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]
    answer = scene.scim.post("/Bulk", {"schemas": schemas, "Operations": [operation]})
    assert answer.document["Operations"][0]["response"]["detail"] == MESSAGE
    assert AuditEvent.objects.get(action="role.refused").target_id == str(scene.ops.pk)
    assert not Membership.objects.exists()


def test_the_directory_may_nest_groups_with_roles(organization, scim):
    scene = Scene(organization)
    scene.scim = scim
    assert scene.add(scene.own, scene.ops.pk).status_code == 200
    assert not AuditEvent.objects.filter(action="role.refused").exists()
