"""Keys of signed notes (https://c2sp.org/signed-note): their names, ids and text form, and what they sign."""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_ID_BYTES = 4
PUBLIC_BYTES = 32
TIMESTAMP_BYTES = 8
_VKEY = re.compile(r"([^+\s]{1,256})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{1,100}={0,2})")


class NoteError(ValueError):
    """The text is not a signed note, checkpoint, key or proof, or a signature on it is not valid."""


class SignatureType(IntEnum):
    """The supported assigned types. A cosignature is one of c2sp.org/tlog-cosignature, with a time."""

    ED25519 = 1
    COSIGNATURE = 4


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line: the name and id of the key, and the bytes after the id."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line without its line break."""
        return f"— {self.name} {encode(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name that it signs for. `public` is 32 bytes (RFC 8032)."""

    name: str
    public: bytes
    type: SignatureType = SignatureType.ED25519

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that identify the key in a signature line."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """The key as a vkey: name, id and key, separated by plus signs."""
        return f"{self.name}+{self.key_id.hex()}+{encode(bytes([self.type]) + self.public)}"

    def verify(self, text: str, signature: Signature) -> int | None:
        """The Unix time of a cosignature in seconds; None for a plain signature. Raises NoteError if not valid."""
        value, moment = signature.value, None
        if self.type == SignatureType.COSIGNATURE:
            moment = int.from_bytes(value[:TIMESTAMP_BYTES])
            value, text = value[TIMESTAMP_BYTES:], cosigned_text(text, moment)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, text.encode())
        except (InvalidSignature, ValueError):
            raise NoteError(f"The signature of {self.name} is not valid.") from None
        return moment


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the name that it signs for."""

    name: str
    private: Ed25519PrivateKey
    type: SignatureType = SignatureType.ED25519

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw(), self.type)

    def sign(self, text: str) -> Signature:
        """A signature over the text of a note."""
        return Signature(self.name, self.verifier.key_id, self.private.sign(text.encode()))

    def cosign(self, text: str, moment: int) -> Signature:
        """A witness's cosignature over the text of a checkpoint at a Unix time in seconds."""
        signed = self.private.sign(cosigned_text(text, moment).encode())
        return Signature(self.name, self.verifier.key_id, moment.to_bytes(TIMESTAMP_BYTES) + signed)


def cosigned_text(text: str, moment: int) -> str:
    """The text that a cosignature signs."""
    return f"cosignature/v1\ntime {moment}\n{text}"


def parse_vkey(text: str) -> VerifierKey:
    """The key from its text form. Raises NoteError, also for an unsupported type of signature."""
    match = _VKEY.fullmatch(text)
    if match is None:
        raise NoteError("This is not a verifier key.")
    name, key_id, encoded = match.groups()
    data = decode(encoded)
    if len(data) != 1 + PUBLIC_BYTES or data[0] not in set(SignatureType):
        raise NoteError("Only Ed25519 keys and Ed25519 cosignature keys are supported.")
    key = VerifierKey(name, data[1:], SignatureType(data[0]))
    if key.key_id.hex() != key_id:
        raise NoteError("The id of the verifier key does not belong to the key.")
    return key


def encode(data: bytes) -> str:
    """Base64 (RFC 4648 §4)."""
    return base64.b64encode(data).decode()


def decode(text: str) -> bytes:
    """The bytes of base64 in the form that `encode` writes. Raises NoteError for any other form."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("This is not base64.") from None
    if encode(data) != text:
        raise NoteError("This is not base64 in its canonical form.")
    return data
