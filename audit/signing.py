"""The log of each organization: its name, and the keys that sign its checkpoints.

The keys are derived from SIGNING_KEY and never stored in the database.
"""

from functools import cache
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from audit.transparency.keys import SigningKey, VerifierKey
from controlhub.security.signing import signing_secrets

INFO = b"controlhub audit checkpoint 1"


def origin_of(organization_id: UUID) -> str:
    """The origin of a new log. A log that has checkpoints keeps its origin when PUBLIC_URL changes."""
    return f"{urlsplit(settings.PUBLIC_URL).hostname}/audit/{organization_id}"


def belongs_to(origin: str, organization_id: UUID) -> bool:
    """Whether the origin is that of the organization's log, under this host or an earlier one."""
    return origin.endswith(f"/audit/{organization_id}")


def signing_key(origin: str) -> SigningKey:
    """The key that signs new checkpoints."""
    return SigningKey(origin, _private_key(signing_secrets()[0]))


def verifier_keys(origin: str) -> list[VerifierKey]:
    """The public keys of all secrets in SIGNING_KEY, the current one first."""
    return [SigningKey(origin, _private_key(secret)).verifier for secret in signing_secrets()]


@cache
def _private_key(secret: str) -> Ed25519PrivateKey:
    """The key from HKDF with SHA-256 (RFC 5869)."""
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=INFO).derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)
