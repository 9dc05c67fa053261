"""The sign-in policy: an administrator cannot lock themselves out, and existing sessions follow policy changes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Least
from django.utils.translation import gettext as _

from audit.actor import Actor, ActorKind
from controlhub.errors import InvalidSettingError
from controlhub.models import Account, Organization, Session
from controlhub.models.policies import ALLOWED_NETWORKS, REQUIRE_SECOND_FACTOR, SESSION_HOURS, SESSION_IDLE_MINUTES
from controlhub.models.sessions import SEEN_EVERY
from controlhub.security.network_lists import covers, plain_address

_SESSIONS = {SESSION_HOURS.name, SESSION_IDLE_MINUTES.name}


def require_own_sign_in(before: Mapping[str, Any], after: Mapping[str, Any], actor: Actor) -> None:
    """InvalidSettingError if the change would lock out the administrator who makes it."""
    if actor.kind is not ActorKind.ADMIN:
        return
    networks = after.get(ALLOWED_NETWORKS.name, [])
    if not covers(networks, actor.address):
        message = _("Your IP address {address} is not in any of these networks. Add a network that contains it.")
        raise InvalidSettingError(message.format(address=_shown(actor.address)), field=ALLOWED_NETWORKS.name)
    name = REQUIRE_SECOND_FACTOR.name
    turned_on = after.get(name) and not before[name]
    if turned_on and Account.objects.filter(lacks_second_factor(), user=UUID(actor.id)).exists():
        message = _("You have no second factor yourself. Set one up first, under My account > Sign-in methods.")
        raise InvalidSettingError(message, field=name)


def follow_session_policies(organization: Organization, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Apply the current policies to existing sessions if they have changed. An ended session is not revived."""
    if all(before[name] == after[name] for name in _SESSIONS & after.keys()):
        return
    longest = F("started_at") + timedelta(hours=organization.session_hours)
    idle = F("seen_at") + timedelta(minutes=organization.session_idle_minutes) + SEEN_EVERY
    Session.objects.in_organization(organization).unexpired().update(expire_date=Least(longest, idle))


def lacks_second_factor() -> Q:
    """Returns a condition for accounts without a second factor.

    For administrators by group membership, who cannot have one here, the identity provider decides (decision 0068).
    """
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return Q(~Exists(factors), by_group=False)


def _shown(address: str | None) -> str:
    return str(plain_address(address)) if address else _("(unknown)")
