"""Secrets at rest: AES-256-GCM with a key that is not in the database.

A sealed text is `<key id>.<base64url of nonce, ciphertext and tag>`, in characters that URLs need not escape. The place
for which it was sealed (table, row, …) is authenticated with it, so it cannot be moved to another row. ENCRYPTION_KEY
can contain several keys, separated by spaces: the first one seals, all of them open.
"""

import base64
import hashlib
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from controlhub.env import secret

NONCE = 12


class SealBrokenError(Exception):
    """The text was not sealed here or for this place, or its key no longer exists."""


def seal(text: str, *, place: str) -> str:
    """Returns `text` sealed, so that it can be read only with the key and for this place."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE)
    sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), place.encode())
    return f"{key_id}.{_encoded(sealed)}"


def unseal(sealed: str, *, place: str) -> str:
    """Returns the text. SealBrokenError if it cannot be opened."""
    key_id, _, encoded = sealed.partition(".")
    try:
        data = _decoded(encoded.rstrip("="))
        return AESGCM(_keys()[key_id]).decrypt(data[:NONCE], data[NONCE:], place.encode()).decode()
    except (InvalidTag, KeyError, ValueError) as error:
        raise SealBrokenError from error


def _encoded(data: bytes) -> str:
    """Base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Decode it. ValueError for text that `_encoded` would not write: unused bits are checked, too."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encoded(data) != text:
        raise ValueError
    return data


@cache
def _keys() -> dict[str, bytes]:
    """Returns the keys by id. The first one seals."""
    words = secret("ENCRYPTION_KEY", settings.VAR_DIR / "secrets" / "encryption_key").split()
    keys = [hashlib.sha256(f"aes:{word}".encode()).digest() for word in words]
    return {hashlib.sha256(key).hexdigest()[:8]: key for key in keys}
