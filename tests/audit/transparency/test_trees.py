"""Merkle trees and their proofs, against published vectors and the definitions of RFC 6962."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.transparency.proofs import (
    ProofError,
    consistency_proof,
    inclusion_proof,
    require_consistency,
    require_inclusion,
    root_from_inclusion,
)
from audit.transparency.trees import EMPTY_ROOT, CompactRange, Node, full_subtrees, leaf_hash
from tests.audit.transparency import logs

# By the number of leaves. https://github.com/transparency-dev/merkle, testonly/constants.go
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
D = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
# (index, size) → proof, and (old, new) → proof: https://github.com/transparency-dev/merkle, testonly/reference_test.go
INCLUSION = {
    (0, 1): [],
    (0, 2): [A],
    (1, 2): [ROOTS[1]],
    (2, 3): [ROOTS[2]],
    (1, 5): [ROOTS[1], B, C],
    (0, 8): [A, B, D],
    (5, 8): [C, E, ROOTS[4]],
}
CONSISTENCY = {(1, 1): [], (1, 8): [A, B, D], (2, 5): [B, C], (6, 8): [F, E, ROOTS[4]]}
LEAVES = [leaf_hash(entry) for entry in logs.ENTRIES]


def texts(hashes):
    return [found.hex() for found in hashes]


def grown(leaves):
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def test_roots_match_the_published_tree():
    assert [grown(LEAVES[:size]).root().hex() for size in range(9)] == ROOTS
    assert EMPTY_ROOT.hex() == ROOTS[0]


@pytest.mark.parametrize("place", INCLUSION)
def test_published_inclusion_proofs_are_reproduced(place):
    index, size = place
    proof = inclusion_proof(index, size, logs.reader(LEAVES))
    assert texts(proof) == INCLUSION[place]
    assert root_from_inclusion(LEAVES[index], index, size, proof).hex() == ROOTS[size]


@pytest.mark.parametrize("sizes", CONSISTENCY)
def test_published_consistency_proofs_are_reproduced(sizes):
    old, new = sizes
    proof = consistency_proof(old, new, logs.reader(LEAVES))
    assert texts(proof) == CONSISTENCY[sizes]
    roots = {"old_root": bytes.fromhex(ROOTS[old]), "new_root": bytes.fromhex(ROOTS[new])}
    require_consistency(old_size=old, new_size=new, proof=proof, **roots)


def test_example_proofs_of_the_rfc_are_reproduced():
    """RFC 6962 §2.1.3: a tree with seven leaves. The letters are those in its figure."""
    leaves = logs.hashed(7)
    a, b, c, d, _, f, j = leaves
    read = logs.reader(leaves)
    g, h, i, k = read([Node(1, 0), Node(1, 1), Node(1, 2), Node(2, 0)])
    right = logs.root(leaves[4:])  # "l"
    assert g == logs.root([a, b])
    assert inclusion_proof(0, 7, read) == [b, h, right]
    assert inclusion_proof(3, 7, read) == [c, g, right]
    assert inclusion_proof(4, 7, read) == [f, j, k]
    assert inclusion_proof(6, 7, read) == [i, k]
    assert consistency_proof(3, 7, read) == [c, d, g, right]
    assert consistency_proof(4, 7, read) == [right]
    assert consistency_proof(6, 7, read) == [i, j, k]


@pytest.mark.parametrize("size", [*range(1, 34), 255, 256, 257])
def test_every_leaf_of_a_tree_has_a_proof(size):
    leaves = logs.hashed(size)
    root, read = grown(leaves).root(), logs.reader(leaves)
    assert root == logs.root(leaves)
    for index in range(size) if size < 40 else (0, size // 2, size - 1):
        proof = inclusion_proof(index, size, read)
        require_inclusion(leaves[index], index, size=size, root=root, proof=proof)
        require_consistency(
            old_size=index,
            old_root=grown(leaves[:index]).root(),
            new_size=size,
            new_root=root,
            proof=consistency_proof(index, size, read),
        )


@given(st.data())
def test_altered_inclusion_proof_is_rejected(data):
    size = data.draw(st.integers(1, 40))
    index = data.draw(st.integers(0, size - 1))
    leaves = logs.hashed(size)
    proof = inclusion_proof(index, size, logs.reader(leaves))
    given = {"leaf": leaves[index], "index": index, "size": size, "proof": proof}
    other = data.draw(st.sampled_from(["leaf", "index", "shorter", "longer", "hash"]))
    if other == "leaf":
        given["leaf"] = leaf_hash(b"another entry")
    elif other == "index" and size > 1:
        given["index"] = (index + data.draw(st.integers(1, size - 1))) % size
    elif other == "longer":
        given["proof"] = [*proof, leaves[0]]
    elif not proof:
        return
    elif other == "shorter":
        given["proof"] = proof[1:]
    else:
        place = data.draw(st.integers(0, len(proof) - 1))
        given["proof"] = [*proof[:place], leaf_hash(b"another hash"), *proof[place + 1 :]]
    if given == {"leaf": leaves[index], "index": index, "size": size, "proof": proof}:
        return
    with pytest.raises(ProofError):
        require_inclusion(given.pop("leaf"), given.pop("index"), root=logs.root(leaves), **given)


@given(st.data())
def test_different_histories_are_inconsistent(data):
    new = data.draw(st.integers(2, 40))
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    leaves = logs.hashed(new)
    fork = [*leaves[:changed], leaf_hash(b"another entry"), *leaves[changed + 1 :]]
    for proof in (consistency_proof(old, new, logs.reader(leaves)), consistency_proof(old, new, logs.reader(fork))):
        with pytest.raises(ProofError):
            require_consistency(
                old_size=old,
                old_root=logs.root(leaves[:old]),
                new_size=new,
                new_root=logs.root(fork),
                proof=proof,
            )


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [(3, 2, []), (2, 2, [LEAVES[0]]), (0, 2, [LEAVES[0]]), (3, 5, []), (2, 5, LEAVES), (2, 5, LEAVES[:1])],
)
def test_impossible_consistency_proof_is_rejected(old, new, proof):
    roots = {"old_root": logs.root(LEAVES[:old]), "new_root": logs.root(LEAVES[:new])}
    with pytest.raises(ProofError):
        require_consistency(old_size=old, new_size=new, proof=proof, **roots)


@pytest.mark.parametrize("index", [-1, 8, 9])
def test_leaf_outside_the_tree_has_no_proof(index):
    with pytest.raises(IndexError):
        inclusion_proof(index, 8, logs.reader(LEAVES))
    with pytest.raises(ProofError):
        root_from_inclusion(LEAVES[0], index, 8, [])


@pytest.mark.parametrize("sizes", [(-1, 8), (9, 8)])
def test_larger_tree_is_not_the_beginning_of_a_smaller_one(sizes):
    with pytest.raises(IndexError):
        consistency_proof(*sizes, logs.reader(LEAVES))


def test_tree_reports_the_subtrees_that_a_leaf_completes():
    leaves = logs.hashed(600)
    tree = CompactRange()
    completed = [found for leaf in leaves for found in tree.append(leaf)]
    blocks = {node: found for node, found in completed if node.level == 8}
    assert blocks == {Node(8, number): logs.root(leaves[256 * number :][:256]) for number in (0, 1)}


def test_tree_continues_from_its_subtrees():
    leaves = logs.hashed(300)
    tree = CompactRange(200, logs.reader(leaves)(full_subtrees(0, 200)))
    for leaf in leaves[200:]:
        tree.append(leaf)
    assert tree.root() == logs.root(leaves)
    with pytest.raises(ValueError, match="has 3 full subtrees, not 1"):
        CompactRange(200, leaves[:1])
