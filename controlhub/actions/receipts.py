"""Off-boarding receipts: what was revoked and removed, and when; signed with Ed25519, to be shown elsewhere."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from controlhub.env import secret
from controlhub.models import Cause, Organization, PurgedUser


def make_receipt(organization: Organization, purged: PurgedUser) -> dict[str, Any]:
    """The receipt of a removed user: `receipt`, and `signature` over its canonical JSON (sorted keys, no spaces)."""
    receipt = {
        "organization": {"id": str(organization.pk), "name": organization.name},
        "user": str(purged.pk),
        "created": _moment(purged.created_at),
        "inactiveSince": _moment(purged.inactive_since),
        "removed": _moment(purged.purged_at),
        "reason": Cause(purged.cause).label,
        "revoked": {
            "accessTokens": purged.tokens_revoked,
            "sessions": purged.sessions_ended,
            "groupMemberships": purged.groups_left,
        },
    }
    key = _key()
    return {
        "receipt": receipt,
        "signature": base64.b64encode(key.sign(_canonical(receipt))).decode(),
        "publicKey": public_key(key),
    }


def is_genuine(document: Mapping[str, Any]) -> bool:
    """Whether this installation signed the receipt as it stands."""
    try:
        signature = base64.b64decode(document["signature"], validate=True)
        _key().public_key().verify(signature, _canonical(document["receipt"]))
    except (InvalidSignature, KeyError, TypeError, ValueError):
        return False
    return True


def public_key(key: Ed25519PrivateKey | None = None) -> str:
    """The installation's public key, base64 of its 32 bytes: hand it to whoever shall check receipts."""
    return base64.b64encode((key or _key()).public_key().public_bytes_raw()).decode()


def _key() -> Ed25519PrivateKey:
    text = secret("SIGNING_KEY", settings.VAR_DIR / "secrets" / "signing_key")
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"ed25519:{text}".encode()).digest())


def _canonical(receipt: Mapping[str, Any]) -> bytes:
    return json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None
