"""Reads the account of a session in one query, and checks passwords."""

from typing import Any, cast

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q, QuerySet

from controlhub.actions.roles import role_by_group
from controlhub.actions.sessions import end_sessions_without_group
from controlhub.actions.sign_in_policy import lacks_second_factor
from controlhub.models import Account
from controlhub.sql.kept_queries import KeptQuery, Parameter


class AccountBackend(ModelBackend):
    """Django's backend, reading the account with its user and organization."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether the account can sign in by password: Active, and not an administrator by group membership."""
        return super().user_can_authenticate(user) and not user.by_group

    def get_user(self, user_id: Any) -> Account | None:
        """The account of an Active user; that of an administrator by group only while such a group gives a role."""
        account: Any = _ACTIVE.first(pk=int(user_id))
        if account is None:
            return None
        account.must_set_up_factor = account.lacks_required_factor
        if not account.by_group:
            return cast("Account", account)
        if role := role_by_group(account.user):
            account.role = role
            return cast("Account", account)
        end_sessions_without_group(account)
        return None


def _active(pk: Parameter) -> QuerySet[Account]:
    required = Q(user__organization__require_second_factor=True)
    accounts = Account.objects.annotate(lacks_required_factor=required & lacks_second_factor())
    return accounts.select_related("user__organization").filter(pk=pk, user__active=True)


_ACTIVE = KeptQuery(_active, "pk")
