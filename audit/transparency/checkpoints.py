"""Checkpoints (https://c2sp.org/tlog-checkpoint): the size and root of a log's tree as a signed note."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from audit.transparency.keys import NoteError, SigningKey, VerifierKey, decode, encode
from audit.transparency.notes import SignedNote, open_note, sign_note
from audit.transparency.trees import HASH_BYTES

MAX_SIZE = 2**63
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of the log `origin` at `size` leaves. `root` is 32 bytes."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text of the note, without extension lines."""
        return f"{self.origin}\n{self.size}\n{encode(self.root)}\n"

    def sign(self, *keys: SigningKey) -> SignedNote:
        return sign_note(self.text(), *keys)


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in the text of a note. Raises NoteError. Extension lines are allowed and ignored."""
    *lines, end = text.split("\n")
    if len(lines) < 3 or end or not all(lines):
        raise NoteError("A checkpoint has an origin, a size and a root.")
    root = decode(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteError("The root of a checkpoint is 32 bytes long.")
    return Checkpoint(lines[0], parse_decimal(lines[1]), root)


def open_checkpoint(note: str | bytes, keys: Collection[VerifierKey]) -> Checkpoint:
    """The checkpoint of a note signed by one of the keys, named like the origin. Raises NoteError."""
    opened, verified = open_note(note, keys)
    checkpoint = parse_checkpoint(opened.text)
    if not any(key.name == checkpoint.origin for key in verified):
        raise NoteError("The log has not signed its checkpoint.")
    return checkpoint


def parse_decimal(text: str) -> int:
    """A number below 2**63 without leading zeros. Raises NoteError."""
    if not _DECIMAL.fullmatch(text) or int(text) >= MAX_SIZE:
        raise NoteError("This is not a decimal number.")
    return int(text)
