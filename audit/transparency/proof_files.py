"""Proofs that can be verified offline (https://c2sp.org/tlog-proof): an index, an inclusion proof, a checkpoint."""

from collections.abc import Collection
from dataclasses import dataclass

from audit.transparency.checkpoints import Checkpoint, open_checkpoint, parse_decimal
from audit.transparency.keys import NoteError, VerifierKey, decode, encode
from audit.transparency.notes import MAX_BYTES
from audit.transparency.proofs import require_inclusion
from audit.transparency.trees import HASH_BYTES, leaf_hash

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
MAX_HASHES = 63


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The proof that an entry is in the log at `index`. `checkpoint` is the signed note, `extra` is not signed."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def __str__(self) -> str:
        extra = [f"extra {encode(self.extra)}"] if self.extra else []
        lines = [HEADER, *extra, f"index {self.index}", *map(encode, self.hashes)]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    def verify(self, entry: bytes, keys: Collection[VerifierKey]) -> Checkpoint:
        """The checkpoint, signed by one of the keys, that covers the entry. Raises NoteError or ProofError."""
        checkpoint = open_checkpoint(self.checkpoint, keys)
        leaf = leaf_hash(entry)
        require_inclusion(leaf, self.index, size=checkpoint.size, root=checkpoint.root, proof=self.hashes)
        return checkpoint


def parse_proof(text: str) -> InclusionProof:
    """The parts of a proof, which is not verified. Raises NoteError."""
    if len(text) > MAX_BYTES:
        raise NoteError("The proof is too long.")
    head, separator, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != HEADER or not separator:
        raise NoteError("This is not a proof of a transparency log.")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise NoteError("The proof has no index.")
    index = parse_decimal(lines.pop(0).removeprefix("index "))
    hashes = tuple(map(decode, lines))
    if len(hashes) > MAX_HASHES or any(len(found) != HASH_BYTES for found in hashes):
        raise NoteError("The proof has wrong hashes.")
    return InclusionProof(index, hashes, checkpoint, extra)
