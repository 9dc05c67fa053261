"""Requests to a witness to cosign a checkpoint (https://c2sp.org/tlog-witness), and its responses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from audit.transparency.checkpoints import parse_decimal
from audit.transparency.keys import NoteError, SignatureType, VerifierKey, encode, parse_vkey
from audit.transparency.notes import parse_note

SIZE_TYPE = "text/x.tlog.size"
"""The media type of a response with the size that the witness knows."""


@dataclass(frozen=True, slots=True)
class Witness:
    """The URL of a witness, and the key that it cosigns with."""

    url: str
    key: VerifierKey

    @classmethod
    def read(cls, text: str) -> "Witness":
        """Parse `URL#vkey`. Raises ValueError."""
        url, _, vkey = text.partition("#")
        key = parse_vkey(vkey)
        if key.type != SignatureType.COSIGNATURE:
            raise NoteError(f"{key.name} has not the key of a witness: it must be of the type 4")
        return cls(url.rstrip("/"), key)

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def add_checkpoint(self) -> str:
        return f"{self.url}/add-checkpoint"

    def cosignature_in(self, answer: str, note: str) -> tuple[str, datetime]:
        """The line with which the witness cosigns the note, and its time. Raises NoteError without a valid one.

        The response consists of signature lines. Lines by other keys are ignored; a witness may be rotating its key.
        """
        text = parse_note(note).text
        for signature in parse_note(f"{text}\n{answer}").signatures:
            if (signature.name, signature.key_id) == (self.key.name, self.key.key_id):
                return signature.line(), _moment(self.key.verify(text, signature) or 0)
        raise NoteError(f"The answer has no cosignature of {self.name}.")


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise NoteError("The cosignature has no time.") from None


def request_of(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body of a request: the size that the witness knows, the consistency proof, and the signed checkpoint."""
    return "\n".join([f"old {old}", *map(encode, proof), "", note]).encode()


def size_in(answer: str) -> int:
    """The size that a witness reports. Raises NoteError."""
    return parse_decimal(answer.removesuffix("\n"))
