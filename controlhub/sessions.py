"""The session engine: Django's database sessions that know their account."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction

from controlhub.models.accounts import Account, Session

ADDRESS, USER_AGENT, BEGAN = "address", "user_agent", "began"
"""Where and with what the sign-in was made, and when it was proved last (seconds since 1970)."""


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
