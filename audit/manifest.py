"""The manifest of a bundle: a signed note (https://c2sp.org/signed-note) with the filter and what was exported.

It is signed with the log's key. It cannot be mistaken for a checkpoint: it does not begin with the log's origin.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from audit.signing import signing_key
from audit.transparency.checkpoints import Checkpoint
from audit.transparency.keys import encode
from audit.transparency.notes import sign_note
from audit.verifier import MANIFEST


@dataclass(frozen=True, slots=True)
class Manifest:
    """`tree` is the tree that contains the events. `unsealed` events matched the filter but were too new for it.

    `digest` is the SHA-256 digest of `events.jsonl` in hexadecimal digits, `query` the filter as a query string.
    """

    tree: Checkpoint
    number: int
    unsealed: int
    digest: str
    query: str
    made: datetime
    pending: tuple[str, ...] = ()
    """The people whose values are missing, but whose recorded erasure was too new for that tree."""

    def sign(self) -> str:
        """The signed note. Raises ValueError for a query string with a line break, which would add a signed line."""
        if "\n" in self.query:
            raise ValueError("A query string is one line.")
        lines = (
            MANIFEST,
            f"origin {self.tree.origin}",
            f"events {self.number}",
            f"unsealed {self.unsealed}",
            f"sha256 {self.digest}",
            f"tree {self.tree.size} {encode(self.tree.root)}",
            f"pending {' '.join(self.pending)}",
            f"made {self.made.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            f"filter {self.query}",
        )
        return str(sign_note("".join(f"{line}\n" for line in lines), signing_key(self.tree.origin)))
