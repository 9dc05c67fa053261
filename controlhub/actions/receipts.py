"""Off-boarding receipts: what was revoked and deleted, and when, as a JWS (RFC 7515) signed with Ed25519.

Older receipts are not JWS but JSON, with a signature over the member `receipt` with sorted keys and no spaces.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from controlhub.models import Cause, Organization, PurgedUser
from controlhub.security.signing import signing_secrets

ALGORITHM = "EdDSA"


def make_receipt(organization: Organization, purged: PurgedUser) -> str:
    """Returns the receipt of a deleted user in the JWS compact serialization, with the public key in its header."""
    receipt = {
        "organization": {"id": str(organization.pk), "name": organization.name},
        "user": str(purged.pk),
        "created": _moment(purged.created_at),
        "inactiveSince": _moment(purged.inactive_since),
        "removed": _moment(purged.purged_at),
        "reason": Cause(purged.cause).recorded,
        "revoked": {
            "accessTokens": purged.tokens_revoked,
            "sessions": purged.sessions_ended,
            "groupMemberships": purged.groups_left,
        },
    }
    payload = json.dumps(receipt, ensure_ascii=False).encode()
    jwk = public_jwk()
    return jwt.PyJWS().encode(payload, _key(), algorithm=ALGORITHM, headers={"jwk": jwk, "kid": _thumbprint(jwk)})


def read_receipt(text: str) -> dict[str, Any] | None:
    """Returns the content of the receipt, or None unless this installation signed exactly that."""
    try:
        if text.lstrip().startswith("{"):
            return _read_json_receipt(json.loads(text))
        return _read_jws(text.strip())
    except (jwt.PyJWTError, InvalidSignature, KeyError, TypeError, ValueError, RecursionError):
        return None


def public_jwk() -> dict[str, Any]:
    """Returns the installation's public key, for verifying receipts."""
    return OKPAlgorithm.to_jwk(_key().public_key(), as_dict=True)


def public_key() -> str:
    """Returns the same key for receipts that are not JWS: its 32 bytes in base64."""
    return base64.b64encode(_key().public_key().public_bytes_raw()).decode()


def _read_jws(text: str) -> dict[str, Any]:
    """Returns the receipt if one of the keys signed it. Raises an exception otherwise."""
    for key in _keys():
        try:
            receipt: dict[str, Any] = json.loads(jwt.PyJWS().decode(text, key.public_key(), algorithms=[ALGORITHM]))
        except jwt.InvalidSignatureError:
            continue
        return receipt
    raise InvalidSignature


def _read_json_receipt(document: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a receipt from before receipts were JWS. Raises an exception if it is not genuine."""
    receipt: dict[str, Any] = document["receipt"]
    signed = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    signature = base64.b64decode(document["signature"], validate=True)
    for key in _keys():
        try:
            key.public_key().verify(signature, signed)
        except InvalidSignature:
            continue
        return receipt
    raise InvalidSignature


def _key() -> Ed25519PrivateKey:
    return next(_keys())


def _keys() -> Iterator[Ed25519PrivateKey]:
    """Yields the keys of all secrets in SIGNING_KEY, the one that signs first."""
    for secret in signing_secrets():
        yield Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"ed25519:{secret}".encode()).digest())


def _thumbprint(jwk: Mapping[str, Any]) -> str:
    """Returns the JWK thumbprint (RFC 7638)."""
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None
