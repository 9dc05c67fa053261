"""Nobody gets a higher role through a group. Every refusal has the same message and is recorded."""

import pytest
from django.utils import translation

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions import bulk
from controlhub.actions.groups import add_member, create_group
from controlhub.actions.jobs import running, start_job
from controlhub.actions.mappings import map_group
from controlhub.actions.roles import require_covers
from controlhub.actions.tokens import issue_personal_token
from controlhub.models import Job, Membership, Role, Scope
from controlhub.portal.refusals import Refusals
from tests import factories, imports
from tests.conftest import ScimClient

MESSAGE = "This role has permissions that yours lacks. Ask a full administrator."


class Scene:
    """A user administrator with a token. *Ops* makes full administrators, *Own* is an ordinary group."""

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
def test_scim_request_with_a_personal_token_is_refused_and_recorded(organization, attempt):
    scene = Scene(organization)
    answer = ATTEMPTS[attempt](scene)
    assert (answer.status_code, answer.document["detail"]) == (403, MESSAGE)
    assert not Membership.objects.exists()
    event = AuditEvent.objects.get(action="role.refused")
    assert (event.result, event.reason, event.actor_label) == ("failure", MESSAGE, "mine")


def test_refused_bulk_operation_is_recorded(organization):
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


def test_directory_can_nest_groups_with_roles(organization, scim):
    scene = Scene(organization)
    scene.scim = scim
    assert scene.add(scene.own, scene.ops.pk).status_code == 200
    assert not AuditEvent.objects.filter(action="role.refused").exists()


def events():
    """Target, reason and actor of each recorded refusal."""
    found = AuditEvent.objects.filter(action="role.refused").order_by("created_at")
    return [(event.target_type, event.target_id, event.reason, event.actor_label) for event in found]


@pytest.fixture
def above(organization):
    """Three full administrators, and a user administrator who acts on them."""
    admins = [factories.make_admin(organization, f"{name}@example.com")[0] for name in ("neo", "trinity", "tank")]
    account = factories.make_admin(organization, "cypher@example.com", Role.USER_ADMIN)[0]
    actor = Actor(ActorKind.ADMIN, id=str(account.user_id), label=account.sign_in_address, role=account.role)
    return [admin.user for admin in admins], actor


COVERS = "This administrator's role has permissions that yours lacks"


def test_bulk_action_records_the_refusal_once_for_many_users(organization, above, monkeypatch):
    users, actor = above
    monkeypatch.setattr("controlhub.actions.jobs.control.BATCH", 1)
    ids = sorted(user.pk for user in users)
    job = bulk.start_bulk_job(organization, kind=bulk.DeactivateUsers(), parameters={}, ids=ids, actor=actor)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.done, job.problem_count) == (3, 3)
    assert events() == [("Job", str(job.pk), COVERS, "cypher@example.com")]
    bulk.start_bulk_job(organization, kind=bulk.DeleteUsers(), parameters={}, ids=ids, actor=actor)
    running.run_due_jobs()
    assert len(events()) == 2, "another run, another event"


def test_restoring_several_users_records_the_refusal(organization, above):
    """As an undo starts it: with the targets of the undone job."""
    users, actor = above
    full = factories.COMMAND
    bulk.start_bulk_job(organization, kind=bulk.DeleteUsers(), parameters={}, ids=[users[0].pk], actor=full)
    job = start_job(organization, kind=bulk.RestoreUsers(), parameters={}, targets=[users[0].pk], actor=actor)
    running.run_due_jobs()
    assert events() == [("Job", str(job.pk), COVERS, "cypher@example.com")]


def test_group_that_gets_a_role_during_a_bulk_action_is_recorded_once(organization, above):
    _users, actor = above
    people = [factories.make_user(organization, f"user{n}@example.com") for n in range(3)]
    group = create_group(organization, document={"displayName": "Ops"}, actor=factories.COMMAND)
    job = start_job(
        organization,
        kind=bulk.AddToGroup(),
        parameters={"group": str(group.pk)},
        targets=[user.pk for user in people],
        actor=actor,
    )
    map_group(group, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    running.run_due_jobs()
    job.refresh_from_db()
    assert job.problem_count == 3
    assert not Membership.objects.exists()
    assert events() == [("Job", str(job.pk), MESSAGE, "cypher@example.com")]


def test_import_records_higher_roles_once_for_each_reason(organization, above):
    users, actor = above
    rows = "".join(f"user{n}@example.com,full_admin,\n" for n in range(3)) + f"{users[0].user_name},,Fool\n"
    stored = imports.check(organization, "userName,Administrator role,title\n" + rows, actor=actor)
    assert imports.counts(stored.check_job) == {"error": 4}
    job = str(stored.check_job_id)
    assert sorted(events()) == [
        (
            "Job",
            job,
            "This person's role has permissions that yours lacks. Ask a full administrator.",
            "cypher@example.com",
        ),
        ("Job", job, MESSAGE, "cypher@example.com"),
    ]


def test_import_records_a_refusal_after_the_check(organization, above):
    _users, actor = above
    person = factories.make_user(organization, "mouse@example.com")
    stored = imports.check(organization, f"userName,title\n{person.user_name},Fool\n", actor=actor)
    assert events() == []
    group = create_group(organization, document={"displayName": "Ops"}, actor=factories.COMMAND)
    map_group(group, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    add_member(group, person.pk, actor=factories.COMMAND)
    stored = imports.apply(stored, actor=actor)
    assert imports.counts(stored.job) == {"failed": 1}
    assert events() == [("Job", str(stored.job_id), MESSAGE, "cypher@example.com")]


def test_refusals_are_recorded_in_english_and_shown_in_the_users_language(organization, above):
    users, actor = above
    with translation.override("de"):
        bulk.start_bulk_job(organization, kind=bulk.DeactivateUsers(), parameters={}, ids=[users[0].pk], actor=actor)
        running.run_due_jobs()
        imports.check(organization, f"userName,role\n{users[1].user_name},full_admin\n", actor=actor)
        with Refusals() as refused:
            require_covers(actor, users[2])
    assert refused.message.startswith("Diese Rolle")
    assert [reason for _type, _id, reason, _actor in events()] == [COVERS, MESSAGE, MESSAGE]
    with translation.override("de"):
        assert AuditEvent.objects.filter(action="role.refused").last().shown_reason == refused.message


def test_jobs_within_the_role_record_no_refusal(organization, above):
    _users, actor = above
    person = factories.make_user(organization, "mouse@example.com")
    bulk.start_bulk_job(organization, kind=bulk.DeactivateUsers(), parameters={}, ids=[person.pk], actor=actor)
    imports.run(organization, "userName,Administrator role\nnew@example.com,wizard\n", actor=actor)
    assert Job.objects.count() == 3
    assert events() == []
