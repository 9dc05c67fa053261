"""The networks from which an organization's administrators may use the portal."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from controlhub.middleware.client_addresses import client_address
from controlhub.models import Account
from controlhub.security.network_lists import covers

NETWORK_NOT_ALLOWED = "The network address is in none of the allowed networks."


def is_network_allowed(request: HttpRequest, account: Account) -> bool:
    """Whether the request comes from a network that the account's organization allows."""
    return covers(account.user.organization.allowed_networks, client_address(request))


def network_text(request: HttpRequest) -> str:
    """The message for the owner of the account."""
    return _(
        "Your organization does not allow sign-in from your IP address {address}. Use an "
        "allowed network, or ask an administrator."
    ).format(address=client_address(request) or "")
