"""What prevents the permanent deletion of a user: a legal hold, and an extension of the retention period."""

import pytest

from audit.models import AuditEvent
from controlhub.actions.organizations import change_policies
from controlhub.actions.users import deactivate_user, extend_user, purge_user
from controlhub.actions.users.holds import MAX_EXTENSION
from controlhub.errors import HeldError, InvalidSettingError
from controlhub.models import Cause, Organization, PurgedUser, User
from tests import factories


@pytest.mark.parametrize("days", [0, -1, MAX_EXTENSION + 1])
def test_extension_must_be_between_a_day_and_a_year(organization, days):
    user = deactivate_user(factories.make_user(organization), actor=factories.COMMAND)
    with pytest.raises(InvalidSettingError, match="1 to 365 days") as refused:
        extend_user(user, days=days, actor=factories.COMMAND)
    assert refused.value.field == "days"
    assert User.objects.get(pk=user.pk).extended_until is None
    assert not AuditEvent.objects.filter(action="user.extended").exists()


def test_hold_placed_after_the_user_was_locked_keeps_the_user(organization):
    user = deactivate_user(factories.make_user(organization), actor=factories.COMMAND)
    locked = User.objects.locked().select_related("organization").get(pk=user.pk)
    change_policies(
        Organization.objects.get(pk=organization.pk), changes={"hold_reason": "Case 7"}, actor=factories.COMMAND
    )
    assert locked.organization.hold_reason == ""
    with pytest.raises(HeldError):
        purge_user(locked, cause=Cause.ADMIN, actor=factories.COMMAND)
    assert User.objects.filter(pk=user.pk).exists()
    assert not PurgedUser.objects.exists()
    assert not AuditEvent.objects.filter(action="user.purged").exists()
