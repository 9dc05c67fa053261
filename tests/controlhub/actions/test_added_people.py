"""People added by hand: the group and role that they get, and the state if they cannot be added."""

import pytest

from audit.actor import Actor, ActorKind
from audit.models import AuditEvent
from controlhub.actions.added_people import MOST, AddUsers, Common, add_users
from controlhub.actions.groups import create_group
from controlhub.actions.invitations import Person, find_invitation
from controlhub.actions.jobs import running, start_job
from controlhub.errors import GroupGoneError, InvalidSettingError, OwnedGroupError
from controlhub.models import Group, Invitation, Job, JobState, Membership, Role, User
from tests import factories

COMMAND = factories.COMMAND
BY_HELP_DESK = Actor(ActorKind.ADMIN, id="01a21722-2bff-75ff-a872-962eaeeb6cf3", role=Role.HELP_DESK)
BY_FULL_ADMIN = Actor(ActorKind.ADMIN, id="01a21722-2bff-75ff-a872-962eaeeb6cf3", role=Role.FULL_ADMIN)


def people(number):
    return [Person(f"user{index}@example.com") for index in range(number)]


@pytest.fixture
def staff(organization):
    return create_group(organization, document={"displayName": "Staff"}, actor=COMMAND)


def members(group):
    return set(Membership.objects.filter(group=group).values_list("user__user_name", flat=True))


@pytest.mark.parametrize("number", [0, MOST + 1])
def test_number_of_people_is_limited(organization, number):
    with pytest.raises(InvalidSettingError, match=f"between 1 and {MOST}"):
        add_users(organization, people(number), Common(), actor=COMMAND)
    assert not User.objects.exists()
    assert not Job.objects.exists()


def test_one_person_joins_the_group(organization, staff):
    added = add_users(organization, people(1), Common(group=staff), actor=COMMAND)
    assert (added.users, added.job, members(staff)) == (1, None, {"user0@example.com"})
    ((address, invitation),) = [(found.address, find_invitation(found.secret)) for found in added.invitations]
    assert (address, invitation.user) == ("user0@example.com", added.user)


def test_one_person_is_not_added_without_the_group(organization, scim):
    made = scim.post("/Groups", {"displayName": "Staff", "externalId": "e7"}).document["id"]
    owned = Group.objects.get(pk=made)
    with pytest.raises(OwnedGroupError):
        add_users(organization, people(1), Common(group=owned), actor=BY_FULL_ADMIN)
    assert not User.objects.exists()
    assert not Invitation.objects.exists()
    add_users(organization, people(1), Common(group=owned, reason="Ticket 7"), actor=BY_FULL_ADMIN)
    assert members(owned) == {"user0@example.com"}


@pytest.mark.parametrize("number", [1, 2])
def test_role_without_permission_for_groups_adds_nobody_to_one(organization, staff, number):
    with pytest.raises(InvalidSettingError, match="does not allow changes to groups") as refused:
        add_users(organization, people(number), Common(group=staff), actor=BY_HELP_DESK)
    assert refused.value.field == "group"
    assert not User.objects.exists()


def test_deleted_group_fails_the_job_and_adds_nobody(organization, staff):
    Group.objects.filter(pk=staff.pk).delete()
    added = add_users(organization, people(2), Common(group=staff), actor=COMMAND)
    assert (added.users, added.invitations, added.job.state) == (0, [], JobState.FAILED)
    assert added.job.reason == str(GroupGoneError.default_message)
    assert Job.objects.get().parameters["people"] == [], "a failed job keeps no personal data"
    assert not User.objects.exists()


def test_worker_adds_the_people_of_an_interrupted_request(organization, staff):
    """In this case, the links are only in the mail."""
    values = [{"address": person.address} for person in people(2)]
    parameters = {"people": values, "role": "help_desk", "group": str(staff.pk), "reason": "", "invite": True}
    factories.make_user(organization, "user1@example.com")
    job = start_job(organization, kind=AddUsers(), parameters=parameters, actor=COMMAND)
    running.run_due_jobs()
    job.refresh_from_db()
    assert (job.state, job.counts, job.parameters["people"]) == (JobState.DONE, {"added": 1}, [])
    assert members(staff) == {"user0@example.com"}
    assert Invitation.objects.get().user.portal_role == Role.HELP_DESK
    assert job.problems.get().reason == "Another user has the userName user1@example.com."
    assert AuditEvent.objects.get(action="user.invited").details["job"] == str(job.pk)
