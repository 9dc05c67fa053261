"""Accounts: how people of an organization sign in to the portal, and with which role."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from controlhub.models.organizations import Organization
from controlhub.models.roles import Permission, Role
from controlhub.models.users import User


class AccountManager(BaseUserManager["Account"]):
    def in_organization(self, organization: Organization) -> models.QuerySet["Account"]:
        return self.filter(user__organization=organization).select_related("user__organization")

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.select_related("user__organization").get(sign_in_key=username)


class Account(AbstractBaseUser):
    """The sign-in of one user. SCIM never writes here: a directory cannot change an administrator's address.

    An account `by_group` was created at a sign-in through an identity provider, for a member of a group that the
    organization has mapped to a role. It has no password, and `role` is the role at that sign-in. `language` and
    `time_zone`, an IANA name, are the person's choices; "" uses the browser's.

    `user_list` is this person's layout of the list of users: `columns`, keys in their order, and `density`.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="account")
    sign_in_address = models.TextField()
    sign_in_key = models.TextField(unique=True, db_collation="C")
    role = models.CharField(max_length=32, choices=Role.choices)
    by_group = models.BooleanField(default=False)
    theme = models.CharField(
        max_length=8, choices=[("", _("System")), ("light", _("Light")), ("dark", _("Dark"))], default=""
    )
    user_list = models.JSONField(default=dict, db_default={})
    language = models.CharField(max_length=16, default="", blank=True)
    time_zone = models.CharField(max_length=64, default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    must_set_up_factor = False
    """Whether the organization requires a second factor that the account lacks. Only read with a session's account."""

    USERNAME_FIELD = "sign_in_key"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.user.active

    @property
    def permissions(self) -> frozenset[Permission]:
        return Role(self.role).permissions

    def __str__(self) -> str:
        return self.sign_in_address
