"""Sessions, and the session engine: Django's database sessions that know their account."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models, transaction
from django.db.models.functions import Now

from controlhub.models.accounts import Account

ADDRESS, USER_AGENT, BEGAN = "address", "user_agent", "began"
"""Where and with what the sign-in was made, and when it was proved last (seconds since 1970)."""


class SessionQuerySet(models.QuerySet["Session"]):
    def unexpired(self) -> "SessionQuerySet":
        return self.filter(expire_date__gt=Now())


class Session(AbstractBaseSession):
    """A browser's sign-in; it names its account so that all of a user's can be ended at once.

    `created_at` is when its owner last proved who they are; the session store writes it with each save.
    """

    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="sessions")
    created_at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(default="")

    objects: ClassVar = BaseSessionManager.from_queryset(SessionQuerySet)()

    @classmethod
    def get_session_store_class(cls) -> type:
        return SessionStore


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def save(self, must_create: bool = False) -> None:
        """Keep the session, unless it is an Inactive user's: a sign-in that a deactivation overtook leaves nothing."""
        account_id = self._get_session(no_load=must_create).get(SESSION_KEY)  # type: ignore[attr-defined]
        if not account_id:
            super().save(must_create)
            return
        with transaction.atomic():
            active = Account.objects.filter(pk=int(account_id), user__active=True)
            if active.select_for_update(of=("user",), no_key=True).exists():
                super().save(must_create)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        account_id = data.get(SESSION_KEY)
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            account_id=int(account_id) if account_id else None,
            address=data.get(ADDRESS),
            user_agent=data.get(USER_AGENT, ""),
            created_at=datetime.fromtimestamp(data.get(BEGAN, 0), UTC),
        )
