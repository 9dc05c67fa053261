"""Second factors and passkeys: their secrets are stored encrypted, and they belong to the portal's own host."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from controlhub.security import vault

PLACE = "mfa_authenticator"
MISTAKES = {"incorrect_code": _("This code is wrong or was already used. Enter a new code.")}


class FactorAdapter(DefaultMFAAdapter):
    """Encrypts the secrets of authenticator apps and recovery codes with the installation's key."""

    error_messages = DefaultMFAAdapter.error_messages | MISTAKES

    def encrypt(self, text: str) -> str:
        return vault.seal(text, place=PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(encrypted_text, place=PLACE)

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        return str(user)

    def _get_site_name(self) -> str:
        return "Control Hub"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The host of PUBLIC_URL, never that of the request: a passkey is valid for this portal only."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": "Control Hub"}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:  # noqa: A002 — allauth's name
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {number + 1}" if number else "Passkey"
