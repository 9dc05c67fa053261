"""In-memory logs: a direct implementation of RFC 6962 for comparison, and a reader of subtrees."""

from audit.transparency.trees import EMPTY_ROOT, leaf_hash, node_hash

# The entries and roots of the test tree of Certificate Transparency:
# https://github.com/google/certificate-transparency/blob/master/cpp/merkletree/merkle_tree_test.cc
ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]


def root(leaves):
    """The MTH of RFC 6962 §2.1, by definition."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(root(leaves[:split]), root(leaves[split:]))


def reader(leaves):
    """Returns a function that reads the hashes of full subtrees of these leaves."""

    def read(nodes):
        ranges = [(node.number << node.level, (node.number + 1) << node.level) for node in nodes]
        assert all(end <= len(leaves) for _, end in ranges), "only full subtrees are asked for"
        return [root(leaves[begin:end]) for begin, end in ranges]

    return read


def hashed(count):
    return [leaf_hash(b"entry %d" % number) for number in range(count)]
