"""Columns of users and their constraints in the database."""

import pytest
from django.db import IntegrityError

from controlhub.actions.users.columns import names_unique
from controlhub.models import User
from tests import factories


def test_violation_of_another_constraint_is_not_reported_as_a_taken_name(organization):
    user = factories.make_user(organization)
    with pytest.raises(IntegrityError, match="user_inactive_since"), names_unique("The userName is taken."):
        User.objects.filter(pk=user.pk).update(active=False)
