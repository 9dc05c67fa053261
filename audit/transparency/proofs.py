"""Inclusion and consistency proofs (RFC 6962 §2.1.1 and §2.1.2): made from the hashes of full subtrees, and verified.

Verification follows RFC 9162 §2.1.3.2 and §2.1.4.2.
"""

from collections.abc import Callable, Sequence

from audit.transparency.trees import Node, full_subtrees, node_hash, root_of

ReadHashes = Callable[[Sequence[Node]], Sequence[bytes]]
"""Returns the hashes of full subtrees, in the requested order."""


class ProofError(ValueError):
    """The proof is not valid."""


def inclusion_proof(index: int, size: int, read: ReadHashes) -> list[bytes]:
    """The hashes from the leaf's sibling up to the root's child. Raises IndexError for a leaf outside the tree."""
    if not 0 <= index < size:
        raise IndexError(index)
    ranges, begin, end = [], 0, size
    while end - begin > 1:
        split = begin + _largest_power_below(end - begin)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((begin, split))
            begin = split
    return _hashes(ranges[::-1], read)


def consistency_proof(old: int, new: int, read: ReadHashes) -> list[bytes]:
    """The hashes that show that the tree of `old` leaves is the beginning of the tree of `new`. Raises IndexError."""
    if not 0 <= old <= new:
        raise IndexError(old)
    if old == 0:
        return []
    ranges, begin, end = [], 0, new
    while end != old:
        split = begin + _largest_power_below(end - begin)
        if old <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((begin, split))
            begin = split
    if begin:  # otherwise the subtree is the old tree itself, whose root the verifier has
        ranges.append((begin, end))
    return _hashes(ranges[::-1], read)


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root of the tree of `size` leaves with the leaf hash at `index`. Raises ProofError for a wrong length."""
    if not 0 <= index < size:
        raise ProofError("The tree has no leaf with this index.")
    root, position, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            raise ProofError("The inclusion proof is too long.")
        if position & 1 or position == last:
            root = node_hash(sibling, root)
            position, last = _climb(position, last)
        else:
            root = node_hash(root, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofError("The inclusion proof is too short.")
    return root


def require_inclusion(leaf: bytes, index: int, *, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofError unless the tree with this root has the leaf hash at `index`."""
    if root_from_inclusion(leaf, index, size, proof) != root:
        raise ProofError("The inclusion proof leads to another root.")


def require_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raises ProofError unless the old tree is the beginning of the new one."""
    if old_size > new_size:
        raise ProofError("The new tree is smaller than the old one.")
    if old_size in (0, new_size):
        if proof or (old_size == new_size and old_root != new_root):
            raise ProofError("The trees are not consistent.")
        return
    if (_root_on_path(old_size, old_root, new_size, proof)) != (old_root, new_root):
        raise ProofError("The consistency proof leads to other roots.")


def _root_on_path(old_size: int, old_root: bytes, new_size: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The old and the new root that follow from the proof."""
    hashes = [old_root, *proof] if old_size.bit_count() == 1 else list(proof)
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    if not hashes:
        raise ProofError("The consistency proof is too short.")
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError("The consistency proof is too long.")
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            position, last = _climb(position, last)
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofError("The consistency proof is too short.")
    return old, new


def _climb(position: int, last: int) -> tuple[int, int]:
    """Move both positions up until `position` is odd (a right child) or 0."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _largest_power_below(number: int) -> int:
    """The largest power of two that is smaller than `number`, which is at least 2."""
    return 1 << ((number - 1).bit_length() - 1)


def _hashes(ranges: Sequence[tuple[int, int]], read: ReadHashes) -> list[bytes]:
    """The root of each range of leaves, with a single read."""
    parts = [full_subtrees(begin, end) for begin, end in ranges]
    found = iter(read([node for nodes in parts for node in nodes]))
    return [root_of([next(found) for _ in nodes]) for nodes in parts]
