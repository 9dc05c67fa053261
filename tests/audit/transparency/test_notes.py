"""Signed notes, checkpoints, cosignatures and proofs: published examples, round trips, and rejected input."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.transparency.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from audit.transparency.keys import NoteError, SignatureType, SigningKey, VerifierKey, decode, encode, parse_vkey
from audit.transparency.notes import SignedNote, open_note, parse_note, sign_note
from audit.transparency.proof_files import InclusionProof, parse_proof
from audit.transparency.proofs import ProofError, inclusion_proof
from audit.transparency.trees import leaf_hash
from tests.audit.transparency import logs

# https://pkg.go.dev/golang.org/x/mod/sumdb/note, the examples of Sign and Open
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
NOTE = f"{TEXT}\n{LINE}"
# https://c2sp.org/tlog-cosignature
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def key(name="example.com/log", seed=1, kind=SignatureType.ED25519):
    return SigningKey(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32), kind)


def test_published_note_is_made_and_verified():
    signer = SigningKey("PeterNeumann", Ed25519PrivateKey.from_private_bytes(decode(SECRET)[1:]))
    assert str(signer.verifier) == VKEY
    assert str(sign_note(TEXT, signer)) == NOTE
    note, verified = open_note(NOTE.encode(), [parse_vkey(VKEY)])
    assert (note.text, verified) == (TEXT, {parse_vkey(VKEY): None})


def test_published_checkpoint_is_parsed():
    note = parse_note(SOFA)
    assert str(note) == SOFA
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text() == note.text
    witness = note.signatures[1]
    assert int.from_bytes(witness.value[:8]) == 1679315147, "the time that the specification names"
    assert [len(signature.value) for signature in note.signatures] == [64, 72]


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        NOTE[:-1],
        NOTE.replace("\n\n", "\n"),
        f"{TEXT}\n",
        f"\n\n{LINE}"[1:],
        NOTE.replace("—", "-"),
        NOTE.replace("If you", "If\tyou"),
        NOTE.replace("AM=\n", "AN=\n"),
        NOTE.replace("AM=\n", "AM\n"),
        NOTE.replace("— PeterNeumann ", "— Peter+Neumann "),
        NOTE.replace("— PeterNeumann ", "— "),
        f"{TEXT}\n— PeterNeumann x08gow==\n",
        NOTE.encode("utf-16"),
        NOTE + "\ud800",
        TEXT + "\n" + LINE * 101,
        "x" * 1_000_001,
    ],
)
def test_malformed_note_is_rejected(note):
    with pytest.raises(NoteError):
        open_note(note, [parse_vkey(VKEY)])


@pytest.mark.parametrize(
    ("note", "keys"),
    [
        (NOTE, []),
        (NOTE.replace("problem is", "problem was"), [VKEY]),
        (NOTE.replace("x08go/ZJ", "x08go/ZK"), [VKEY]),
        (NOTE, [str(key("PeterNeumann").verifier)]),
    ],
)
def test_note_without_a_valid_signature_is_rejected(note, keys):
    with pytest.raises(NoteError):
        open_note(note, list(map(parse_vkey, keys)))


def test_unknown_signatures_are_ignored():
    note = sign_note(TEXT, key("other"), key("known", 2))
    assert list(open_note(str(note), [key("known", 2).verifier])[1]) == [key("known", 2).verifier]


def test_note_text_can_contain_empty_lines():
    text = "a\n\nb\n\n"
    assert open_note(str(sign_note(text, key())), [key().verifier])[0].text == text


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("c74f20a3", "C74F20A3"),
        VKEY.replace("PeterNeumann", "Peter Neumann"),
        VKEY.replace("PeterNeumann", "PeterNewman"),
        VKEY.replace("+ARpc", "+AhpC"),
        VKEY + "AAAA",
        VKEY[:-1],
    ],
)
def test_wrong_vkeys_are_rejected(vkey):
    with pytest.raises(NoteError):
        parse_vkey(vkey)


@pytest.mark.parametrize("kind", SignatureType)
def test_vkey_survives_a_round_trip(kind):
    verifier = key(kind=kind).verifier
    assert parse_vkey(str(verifier)) == verifier


def test_key_id_depends_on_name_type_and_key():
    keys = [key(), key("example.com/other"), key(seed=2), key(kind=SignatureType.COSIGNATURE)]
    assert len({signer.verifier.key_id for signer in keys}) == 4


CHECKPOINT = Checkpoint("example.com/log", 8, logs.root([leaf_hash(entry) for entry in logs.ENTRIES]))


def test_checkpoint_survives_a_round_trip():
    assert open_checkpoint(str(CHECKPOINT.sign(key())), [key().verifier]) == CHECKPOINT


def test_new_key_signs_and_the_old_one_remains_valid():
    old, new = key(), key(seed=2)
    keys = [new.verifier, old.verifier]
    for signers in ([old], [new], [old, new]):
        assert open_checkpoint(str(CHECKPOINT.sign(*signers)), keys) == CHECKPOINT
    with pytest.raises(NoteError):
        open_checkpoint(str(CHECKPOINT.sign(old)), [new.verifier])


def test_checkpoint_must_be_signed_by_its_log():
    stranger = key("example.com/stranger", 2)
    with pytest.raises(NoteError, match="has not signed"):
        open_checkpoint(str(CHECKPOINT.sign(stranger)), [stranger.verifier])


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("\n8\n", "\n08\n"),
        ("\n8\n", "\n-8\n"),
        ("\n8\n", "\n٨\n"),
        ("\n8\n", "\n9223372036854775808\n"),
        ("\n8\n", "\n\n"),
        ("example.com/log\n", ""),
        (encode(CHECKPOINT.root), encode(CHECKPOINT.root[1:])),
        (encode(CHECKPOINT.root), "no base64"),
        ("=\n", "=\nextension\n\n"),
        ("=\n", "="),
    ],
)
def test_malformed_checkpoints_are_rejected(part, other):
    text = CHECKPOINT.text()
    assert part in text
    with pytest.raises(NoteError):
        parse_checkpoint(text.replace(part, other))


def test_extension_lines_are_ignored():
    assert parse_checkpoint(CHECKPOINT.text() + "extension\n") == CHECKPOINT


def witnessed(moment=1679315147):
    witness = key("witness.example.com/w1", 3, SignatureType.COSIGNATURE)
    note = CHECKPOINT.sign(key())
    return witness, SignedNote(note.text, (*note.signatures, witness.cosign(note.text, moment)))


def test_cosignature_contains_its_time():
    witness, note = witnessed()
    assert open_note(str(note), [key().verifier, witness.verifier])[1] == {
        key().verifier: None,
        witness.verifier: 1679315147,
    }
    assert open_checkpoint(str(note), [key().verifier, witness.verifier]) == CHECKPOINT


def test_cosignature_with_another_time_is_rejected():
    witness, note = witnessed()
    line = note.signatures[1]
    moved = type(line)(line.name, line.key_id, (1).to_bytes(8) + line.value[8:])
    with pytest.raises(NoteError, match="is not valid"):
        open_note(str(SignedNote(note.text, (note.signatures[0], moved))), [witness.verifier])


def proof_of(index, extra=b""):
    leaves = [leaf_hash(entry) for entry in logs.ENTRIES]
    hashes = tuple(inclusion_proof(index, 8, logs.reader(leaves)))
    return InclusionProof(index, hashes, str(CHECKPOINT.sign(key())), extra)


@pytest.mark.parametrize("extra", [b"", b"more"])
@pytest.mark.parametrize("index", range(8))
def test_proof_survives_a_round_trip(index, extra):
    proof = parse_proof(str(proof_of(index, extra)))
    assert proof == proof_of(index, extra)
    assert proof.verify(logs.ENTRIES[index], [key().verifier]) == CHECKPOINT


def test_proof_of_another_entry_is_rejected():
    with pytest.raises(ProofError):
        proof_of(3).verify(logs.ENTRIES[4], [key().verifier])
    with pytest.raises(NoteError):
        proof_of(3).verify(logs.ENTRIES[3], [key(seed=2).verifier])


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("index 3\n", ""),
        ("index 3", "index 03"),
        ("index 3", "index -3"),
        ("index 3\n", "index 3\n!!not base64!!\n"),
        ("index 3\n", f"index 3\n{encode(b'short')}\n"),
        ("index 3\n", "index 3\n" + f"{encode(CHECKPOINT.root)}\n" * 64),
        ("index 3", "extra !!not base64!!\nindex 3"),
        ("\n\n", "\n"),
        ("\nexample.com", "x" * 1_000_001),
    ],
)
def test_malformed_proofs_are_rejected(part, other):
    text = str(proof_of(3))
    assert part in text
    with pytest.raises(NoteError):
        parse_proof(text.replace(part, other))


def test_keys_of_other_types_are_not_log_keys():
    verifier = VerifierKey("example.com/log", key().verifier.public, SignatureType.COSIGNATURE)
    with pytest.raises(NoteError):
        open_checkpoint(str(CHECKPOINT.sign(key())), [verifier])
