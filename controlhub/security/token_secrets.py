"""Secrets of bearer tokens: created once, and stored as a digest."""

import hashlib
import secrets
import zlib

PREFIX = "chub_"
LENGTH = len(PREFIX) + 43 + 8
"""The length of a secret in characters: the prefix, the random bits in Base64, and the CRC-32 in hexadecimal digits."""


def make_secret() -> str:
    """Returns `chub_`, 256 random bits, and a CRC-32, by which scanners distinguish a real token from a look-alike."""
    body = secrets.token_urlsafe(32)
    return f"{PREFIX}{body}{checksum(body)}"


def checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def token_digest(secret: str) -> bytes:
    """Returns the digest that is stored. SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()
