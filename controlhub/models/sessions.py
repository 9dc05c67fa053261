"""Sessions and the session engine: Django's database sessions with their account and end."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models, transaction
from django.db.models.functions import Now

from controlhub.database import clock
from controlhub.models.accounts import Account
from controlhub.models.organizations import Organization
from controlhub.models.policies import SESSION_HOURS
from controlhub.sql.kept_queries import KeptQuery

ADDRESS, USER_AGENT, BEGAN, STARTED = "address", "user_agent", "began", "started"
"""Address and user agent of the sign-in, when it was last proved, and when it was made (in seconds since 1970)."""

SEEN_EVERY = timedelta(minutes=1)
"""The last request of a session is stored at most once in this time, so a session may last this much longer."""

COOKIE_SECONDS = (SESSION_HOURS.most + 24) * 60 * 60
"""A session's cookie outlasts the session, so that the sign-in page can say why it ended."""


class SessionQuerySet(models.QuerySet["Session"]):
    def in_organization(self, organization: Organization) -> "SessionQuerySet":
        return self.filter(account__user__organization=organization)

    def unexpired(self) -> "SessionQuerySet":
        return self.filter(expire_date__gt=Now())


class Session(AbstractBaseSession):
    """A browser's sign-in. It refers to the account, so that all sessions of a user can be ended at once.

    `created_at` is when the owner last proved their identity; the session store writes it with each save. `started_at`
    is when they signed in, and `seen_at` the time of the last request, with a precision of SEEN_EVERY. `expire_date`
    follows from the latter two.
    """

    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="sessions")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(default="")

    objects: ClassVar = BaseSessionManager.from_queryset(SessionQuerySet)()

    @classmethod
    def get_session_store_class(cls) -> type:
        return SessionStore


_BY_KEY = KeptQuery(lambda key: Session.objects.annotate(read_at=Now()).filter(pk=key), "key")


def end_of(organization: Organization, *, started_at: datetime, seen_at: datetime) -> datetime:
    """Returns when a session ends under the policies of its organization, if it has no further request."""
    longest = started_at + timedelta(hours=organization.session_hours)
    idle = seen_at + timedelta(minutes=organization.session_idle_minutes) + SEEN_EVERY
    return min(longest, idle)


class SessionStore(DatabaseStore):
    """A session with an account ends under its organization's policies; one without, after SESSION_COOKIE_AGE."""

    row: Session | None = None
    """The session as it was read."""
    read_at: datetime | None = None
    """When it was read, by the database's clock."""
    ended: Session | None = None
    """The session of the cookie, if it has ended."""
    _account: Account
    """The account whose session is being saved."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        found: Any = _BY_KEY.first(key=self.session_key)
        if found is None or found.expire_date <= found.read_at:
            self.ended, self._session_key = found, None
            return None
        self.row, self.read_at = found, found.read_at
        return self.row

    def save(self, must_create: bool = False) -> None:
        """Save the session, unless the user is Inactive: a sign-in during a deactivation leaves no session."""
        account_id = self._get_session(no_load=must_create).get(SESSION_KEY)  # type: ignore[attr-defined]
        if not account_id:
            super().save(must_create)
            return
        with transaction.atomic():
            active = Account.objects.filter(pk=int(account_id), user__active=True).annotate(read_at=Now())
            needed = (f"user__organization__{name}" for name in ("session_hours", "session_idle_minutes"))
            read = active.select_related("user__organization").only(*needed)
            if account := read.select_for_update(of=("user",), no_key=True).first():
                self._account, self.read_at = account, account.read_at
                super().save(must_create)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            address=data.get(ADDRESS),
            user_agent=data.get(USER_AGENT, ""),
            created_at=datetime.fromtimestamp(data.get(BEGAN, 0), UTC),
        )
        now = self.read_at or clock.machine_now()
        session.started_at = session.seen_at = now
        if SESSION_KEY not in data:
            session.expire_date = self.get_expiry_date()
            return session
        if STARTED in data:
            session.started_at = datetime.fromtimestamp(data[STARTED], UTC)
        elif self.row and self.row.account_id:
            session.started_at = self.row.started_at
        session.account = self._account
        session.expire_date = end_of(self._account.user.organization, started_at=session.started_at, seen_at=now)
        return session

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Returns how long the browser keeps the cookie."""
        if SESSION_KEY in self:
            return COOKIE_SECONDS
        age: int = super().get_expiry_age(**kwargs)
        return age
