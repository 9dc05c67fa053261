"""Administrators made with the command line, and role changes that are refused or unnecessary."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.admins import assign_role, create_admin
from controlhub.errors import AddressTakenError, InvalidSettingError
from controlhub.models import Account, Role, User
from tests import factories

COMMAND = factories.COMMAND
ADDRESS = "neo@example.com"


@pytest.fixture
def events(db):
    """The actions that are recorded from now on."""
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    return lambda: list(AuditEvent.objects.exclude(pk__in=before).values_list("action", flat=True))


def stored(account):
    return Account.objects.values().get(pk=account.pk)


def test_administrator_of_another_organization_keeps_the_address(organization, other_organization):
    account, _ = factories.make_admin(other_organization, ADDRESS, Role.AUDITOR)
    before = stored(account)
    with pytest.raises(AddressTakenError):
        create_admin(organization, address=ADDRESS.upper(), role=Role.FULL_ADMIN, actor=COMMAND)
    assert stored(account) == before
    assert not User.objects.in_organization(organization).exists()


def test_renamed_user_gets_no_second_account(organization):
    """The userName differs from the sign-in address, because a directory has renamed the user."""
    account, _ = factories.make_admin(organization, ADDRESS, Role.AUDITOR)
    User.objects.filter(pk=account.user_id).update(user_name="one@example.com", user_name_key="one@example.com")
    before = stored(account)
    with pytest.raises(AddressTakenError):
        create_admin(organization, address="one@example.com", role=Role.FULL_ADMIN, actor=COMMAND)
    assert stored(account) == before
    assert User.objects.get().portal_role == Role.AUDITOR


def test_assigning_the_same_role_is_not_recorded(organization, events):
    account, _ = factories.make_admin(organization, ADDRESS)
    before, known = stored(account), events()
    assign_role(account, role=Role.FULL_ADMIN, actor=COMMAND)
    assert (stored(account), events()) == (before, known)


@pytest.mark.parametrize("role", [Role.AUDITOR, None])
def test_role_from_a_group_changes_only_with_the_group(organization, role):
    user = factories.make_user(organization, ADDRESS)
    values = {"sign_in_address": ADDRESS, "sign_in_key": f"by-group:{user.pk}", "role": Role.USER_ADMIN}
    account = Account.objects.create(user=user, by_group=True, **values)
    with pytest.raises(InvalidSettingError, match="comes from a group"):
        assign_role(account, role=role, actor=COMMAND)
    assert stored(account)["role"] == Role.USER_ADMIN
