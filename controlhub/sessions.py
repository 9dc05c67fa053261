"""The session engine: Django's database sessions that know their account."""

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from controlhub.models.accounts import Session

ADDRESS, USER_AGENT = "address", "user_agent"
"""Where and with what the sign-in was made: kept in the session, shown in the list of sessions."""


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        account_id = data.get(SESSION_KEY)
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            account_id=int(account_id) if account_id else None,
            address=data.get(ADDRESS),
            user_agent=data.get(USER_AGENT, ""),
        )
