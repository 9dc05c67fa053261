"""What the sign-in policy affects: administrators without a second factor, and open sessions."""

from dataclasses import dataclass

from controlhub.actions.sign_in_policy import lacks_second_factor
from controlhub.models import Account, Organization, Session
from controlhub.security.network_lists import covers

MOST_NAMED = 20
MOST_SESSIONS = 20


@dataclass(frozen=True, slots=True)
class FactorHolders:
    """The number of administrators, of those by group, and of those without a second factor, and the first of these."""

    number: int
    by_group: int
    lacking: int
    named: list[Account]

    @property
    def not_named(self) -> int:
        return self.lacking - len(self.named)


def factor_holders(organization: Organization) -> FactorHolders:
    accounts = Account.objects.in_organization(organization).filter(user__active=True)
    lacking = accounts.filter(lacks_second_factor())
    return FactorHolders(
        number=accounts.count(),
        by_group=accounts.filter(by_group=True).count(),
        lacking=lacking.count(),
        named=list(lacking.order_by("sign_in_key")[:MOST_NAMED]),
    )


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session, and whether the allowed networks include the address from which its user signed in."""

    session: Session
    is_covered: bool


@dataclass(frozen=True, slots=True)
class OpenSessions:
    number: int
    newest: list[OpenSession]

    @property
    def not_shown(self) -> int:
        return self.number - len(self.newest)


def open_sessions(organization: Organization) -> OpenSessions:
    """The sessions of the organization's administrators, most recently used first."""
    sessions = Session.objects.in_organization(organization).unexpired().filter(account__user__active=True)
    newest = sessions.select_related("account__user").order_by("-seen_at")[:MOST_SESSIONS]
    networks = organization.allowed_networks
    return OpenSessions(sessions.count(), [OpenSession(item, covers(networks, item.address)) for item in newest])
