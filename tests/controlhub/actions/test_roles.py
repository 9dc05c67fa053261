"""Nobody assigns or removes a role above their own, whatever a form offers."""

import pytest

from audit.actor import Actor, ActorKind
from controlhub.actions.admins import assign_role
from controlhub.actions.groups import create_group
from controlhub.actions.invitations import Person, add_user
from controlhub.actions.mappings import map_group, unmap_group
from controlhub.errors import RoleTooHighError
from controlhub.models import Account, Role, RoleMapping, User
from tests import factories

pytestmark = pytest.mark.django_db
CYPHER = Actor(ActorKind.ADMIN, id="01a21722-2bff-75ff-a872-962eaeeb6cf3", role=Role.USER_ADMIN)


@pytest.fixture
def group(organization):
    return create_group(organization, document={"displayName": "Crew"}, actor=factories.COMMAND)


def test_person_cannot_be_given_a_role_above_the_actors(organization):
    account, _ = factories.make_admin(organization, role=Role.HELP_DESK)
    with pytest.raises(RoleTooHighError):
        assign_role(account, role=Role.FULL_ADMIN, actor=CYPHER)
    with pytest.raises(RoleTooHighError):
        add_user(organization, Person("trinity@example.com"), role=Role.FULL_ADMIN, actor=CYPHER)
    assert not User.objects.filter(user_name_key="trinity@example.com").exists()
    assign_role(account, role=Role.USER_ADMIN, actor=CYPHER)
    assert Account.objects.get().role == Role.USER_ADMIN


def test_role_above_the_actors_cannot_be_removed_from_a_person(organization):
    factories.make_admin(organization)
    account, _ = factories.make_admin(organization, "trinity@example.com")
    for role in (None, Role.HELP_DESK):
        with pytest.raises(RoleTooHighError):
            assign_role(account, role=role, actor=CYPHER)


def test_role_above_the_actors_cannot_be_mapped_or_unmapped(group):
    with pytest.raises(RoleTooHighError):
        map_group(group, role=Role.FULL_ADMIN, actor=CYPHER)
    mapping = map_group(group, role=Role.FULL_ADMIN, actor=factories.COMMAND)
    with pytest.raises(RoleTooHighError):
        map_group(group, role=Role.HELP_DESK, actor=CYPHER)
    with pytest.raises(RoleTooHighError):
        unmap_group(mapping, actor=CYPHER)
    assert RoleMapping.objects.get().role == Role.FULL_ADMIN
