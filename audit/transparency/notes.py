"""Signed notes (https://c2sp.org/signed-note): a text with the signatures of one or more keys."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from audit.transparency.keys import KEY_ID_BYTES, NoteError, Signature, SigningKey, VerifierKey, decode

MAX_BYTES = 1_000_000
MAX_SIGNATURES = 100
_LINE = re.compile(r"— ([^+\s]+) (\S+)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class SignedNote:
    """`text` ends with a newline."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{signature.line()}\n" for signature in self.signatures)


def sign_note(text: str, *keys: SigningKey) -> SignedNote:
    """The note with a signature by each key."""
    return SignedNote(text, tuple(key.sign(text) for key in keys))


def parse_note(note: str | bytes) -> SignedNote:
    """The parts of a note. Its signatures are not verified. Raises NoteError."""
    content = _decoded(note)
    text, separator, lines = content.rpartition("\n\n")
    if not separator or not text or not lines.endswith("\n"):
        raise NoteError("A signed note is a text, an empty line and signatures.")
    found = lines[:-1].split("\n")
    if len(found) > MAX_SIGNATURES:
        raise NoteError(f"A note can have {MAX_SIGNATURES} signatures.")
    return SignedNote(text + "\n", tuple(_signature(line) for line in found))


def open_note(note: str | bytes, keys: Collection[VerifierKey]) -> tuple[SignedNote, dict[VerifierKey, int | None]]:
    """The note, and the keys among `keys` that signed it, with the times of cosignatures.

    Raises NoteError if no signature is by one of the keys, or one of those is not valid. Others are ignored.
    """
    parsed = parse_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    verified: dict[VerifierKey, int | None] = {}
    for signature in parsed.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None and key not in verified:
            verified[key] = key.verify(parsed.text, signature)
    if not verified:
        raise NoteError("None of the known keys signed this note.")
    return parsed, verified


def _decoded(note: str | bytes) -> str:
    if len(note) > MAX_BYTES:
        raise NoteError("The note is too long.")
    try:
        content = note.decode() if isinstance(note, bytes) else note
        content.encode()
    except UnicodeError:
        raise NoteError("A note is UTF-8 text.") from None
    if _CONTROL.search(content):
        raise NoteError("A note has no control characters.")
    return content


def _signature(line: str) -> Signature:
    match = _LINE.fullmatch(line)
    if match is None:
        raise NoteError("This is not a signature line.")
    data = decode(match[2])
    if len(data) <= KEY_ID_BYTES:
        raise NoteError("The signature is too short.")
    return Signature(match[1], data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])
