"""Limits on wrong passwords (docs/decisions/0026), counted by allauth in the cache before anything is hashed.

| counted by | so that |
|---|---|
| network address | nobody tries many accounts |
| account and network address | nobody guesses a password, and nobody is locked out by somebody elsewhere |
| account | nobody guesses a password from many addresses |
| account and known browser, instead of all the others | the owner can always try to sign in |
"""

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest

from controlhub.models import Account
from controlhub.portal.signin.devices import device_of

APP = "allauth.account"
BY_ACCOUNT, BY_SOURCE, BY_DEVICE = "password_by_account", "password_by_source", "password_by_device"
BY_ADDRESS, TRIES = "password_by_address", "password_tries"
LOCKED = "password_locked"
"""Attempts beyond a limit that are recorded in the audit log."""


def take_attempt(request: HttpRequest, key: str) -> RateLimitUsage | None:
    """Count an attempt for this canonical address, whether or not an account has it; None if a limit is exceeded.

    An attempt that one limit refuses does not count for the others.
    """
    taken = RateLimitUsage(usage=[])
    for action, name in _limits(request, key):
        usage = ratelimit.consume(request, app=APP, action=action, key=name)
        if usage is None:
            taken.rollback()
            return None
        taken.usage += usage.usage
    return taken


def forgive_attempts(request: HttpRequest, key: str) -> None:
    """Forget the wrong passwords of an account whose owner has just proved that the mailbox is theirs."""
    for action, name in ((BY_ACCOUNT, key), (BY_SOURCE, _source(request, key)), (BY_DEVICE, _device(request, key))):
        ratelimit.clear(request, app=APP, action=action, key=name)


def may_note_locked(request: HttpRequest, key: str) -> bool:
    """Whether to record an attempt beyond a limit: only a few are recorded, because nothing limits such attempts."""
    return ratelimit.consume(request, app=APP, action=LOCKED, key=_source(request, key)) is not None


def _limits(request: HttpRequest, key: str) -> list[tuple[str, str]]:
    """The actions of ACCOUNT_RATE_LIMITS that apply, with the key of each."""
    user = request.user
    if isinstance(user, Account) and user.sign_in_key == key:
        return [(BY_DEVICE, f"signed in:{key}")]
    if device_of(request).knows(key):
        return [(BY_DEVICE, _device(request, key))]
    return [(TRIES, key), (BY_SOURCE, _source(request, key)), (BY_ADDRESS, key), (BY_ACCOUNT, key)]


def _source(request: HttpRequest, key: str) -> str:
    return f"{ratelimit.get_ip(request)} {key}"


def _device(request: HttpRequest, key: str) -> str:
    return f"{device_of(request).name} {key}"
