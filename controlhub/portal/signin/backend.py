"""Reads the account of a session in one query, and checks passwords."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q

from controlhub.actions.roles import role_by_group
from controlhub.actions.sessions import end_sessions_without_group
from controlhub.actions.sign_in_policy import lacks_second_factor
from controlhub.models import Account


class AccountBackend(ModelBackend):
    """Django's backend, reading the account with its user and organization."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether the account can sign in by password: Active, and not an administrator by group membership."""
        return super().user_can_authenticate(user) and not user.by_group

    def get_user(self, user_id: Any) -> Account | None:
        """The account of an Active user; of an administrator by a group only as long as there is such a group."""
        required = Q(user__organization__require_second_factor=True)
        accounts = Account.objects.annotate(lacks_required_factor=required & lacks_second_factor())
        account = accounts.select_related("user__organization").filter(pk=user_id, user__active=True).first()
        if account is None:
            return None
        account.must_set_up_factor = account.lacks_required_factor
        if not account.by_group:
            return account
        if role := role_by_group(account.user):
            account.role = role
            return account
        end_sessions_without_group(account)
        return None
