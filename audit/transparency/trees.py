"""Merkle tree hashing of RFC 6962 §2.1 (RFC 9162 §2.1) with SHA-256. A hash is 32 bytes."""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class Node(NamedTuple):
    """A full subtree: the leaves from `number << level` to before `(number + 1) << level`."""

    level: int
    number: int


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a log entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over adjacent full subtrees from left to right, each one smaller than the one before it."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def full_subtrees(begin: int, end: int) -> list[Node]:
    """The full subtrees that cover the leaves from `begin` to `end`, from left to right.

    `begin` is a multiple of a power of two that is not smaller than the number of leaves, as in every range that a
    proof needs.
    """
    nodes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        nodes.append(Node(level, begin >> level))
        begin += 1 << level
    return nodes


class CompactRange:
    """A tree that only grows, as the hashes of its full subtrees: at most 64 for any number of leaves."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """`hashes` are those of `full_subtrees(0, size)`. Raises ValueError if there are more or fewer."""
        if len(hashes) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} full subtrees, not {len(hashes)}.")
        self.size = size
        self.hashes = list(hashes)

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add the hash of a leaf. Returns the subtrees of level 1 and above that it completes, the smallest first."""
        completed = []
        node, level, number = leaf, 0, self.size
        while number & 1:
            node, level, number = node_hash(self.hashes.pop(), node), level + 1, number >> 1
            completed.append((Node(level, number), node))
        self.hashes.append(node)
        self.size += 1
        return completed

    def root(self) -> bytes:
        return root_of(self.hashes)
