"""Browsers in which somebody has signed in before: a signed cookie that names the accounts.

A known browser has its own limit for wrong passwords, so nobody else can lock its owner out; and the shared sign-in
page offers the providers of the organizations of these accounts. The cookie alone gives no access.
"""

from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from controlhub.models import Account

SALT = "controlhub.device"
MAX_AGE_SECONDS = 180 * 24 * 60 * 60
MOST_ACCOUNTS = 5


@dataclass(frozen=True, slots=True)
class Device:
    """A browser: its random name, and the organization's id by the digest of each address that has signed in there."""

    name: str
    accounts: dict[str, str]

    def knows(self, key: str) -> bool:
        """Whether the account with this canonical address has signed in here."""
        return _digest(key) in self.accounts

    @property
    def organizations(self) -> set[UUID]:
        return {UUID(text) for text in self.accounts.values()}


def device_of(request: HttpRequest) -> Device:
    """The browser that sent the request; without accounts if the cookie is missing, forged or too old."""
    try:
        name, accounts = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=MAX_AGE_SECONDS
        )
    except signing.BadSignature:
        return Device(token_urlsafe(16), {})
    return Device(name, accounts)


def remember_device(request: HttpRequest, response: HttpResponse, account: Account) -> None:
    """Add the account to the browser's cookie, and remove old ones."""
    device = device_of(request)
    digest = _digest(account.sign_in_key)
    others = {key: value for key, value in device.accounts.items() if key != digest}
    newest: list[tuple[str, Any]] = [*others.items(), (digest, str(account.user.organization_id))]
    device = replace(device, accounts=dict(newest[-MOST_ACCOUNTS:]))
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([device.name, device.accounts], salt=SALT),
        max_age=MAX_AGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _digest(key: str) -> str:
    """The digest that the cookie contains instead of the address."""
    return salted_hmac(SALT, key, algorithm="sha256").hexdigest()[:32]
