#!/usr/bin/env python3
"""Verifies an exported audit log without Control Hub.

Usage: `python verifier.py FILE [--key VKEY] [--checkpoint FILE] [--witness VKEY]`

It needs Python 3.11 and the package `cryptography`, and imports nothing from Control Hub. It is an independent
implementation, short enough to read, so that you do not have to trust the program that wrote the log.

A bundle is a zip file or a folder with
  events.jsonl     one event per line: `index`, `hash`, `leaf` (the text whose hash is the leaf of the Merkle tree)
                   and `parts` (personal values, each as `salt` and `text`; without both if they were erased).
                   An expired event that was removed has its hash, and an empty `leaf`
  checkpoints.txt  the signed checkpoints (https://c2sp.org/tlog-checkpoint), with empty lines between them
  keys.txt         the public keys of the log (https://c2sp.org/signed-note), one per line
A bundle of filtered events also has
  manifest.txt     signed: the filter, the number of events, the digest of events.jsonl, size and root of the tree
  erasures.jsonl   the events that record the erasure of personal values
and a `proof` in each line: the inclusion proof (RFC 9162) of the event in that tree. It proves that each event is
genuine, and the manifest that none was removed from the bundle. That the filter found all events is not proven.

Compare the keys with ones that you got in another way, or pass them with `--key`, because keys.txt may come with a
forged log. A truncated log is a valid log of an earlier time. Pass a newer checkpoint with `--checkpoint` to detect
that. Pass a witness's key with `--witness` to check its cosignatures (https://c2sp.org/tlog-cosignature).

CSV and JSON Lines files are not signed. They are only checked for completeness.
"""

import argparse
import base64
import csv
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, COSIGNATURE = b"\x01", b"\x04"
KEY_ID = 4
MAX_LINE = 10_000_000
EXPIRY = "log.expired"
"""The action of the event that records that the events before `until` were removed, with the root of their tree."""
ERASURE = "user.erased"
"""The action of the event that records the erasure of the personal values of its target."""
MANIFEST = "controlhub-audit-export/v1"
INCOMPLETE = "the file is not complete: its end is missing. Export it again"
TRAILER = re.compile(r'(?:# end of file,|\{"trailer":\{"count":)([0-9]+)')
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
MOST_APART = 24 * 60 * 60
"""The maximum seconds between the times of an event and its id, a UUIDv7, which may come from different clocks."""
WITH_PARTS = 3
"""The first version of events whose leaf contains all public facts."""
Key = tuple[str, bytes, Ed25519PublicKey]


class Finding(NamedTuple):
    """A problem. `place` is the index of the first event concerned; None if it does not concern a single event."""

    place: int | None
    problem: str


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes


class Tree:
    """An append-only Merkle tree (RFC 6962), stored as the hashes of its full subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self.hashes: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        number = self.size
        while number & 1:
            leaf = sha256(b"\x01" + self.hashes.pop() + leaf).digest()
            number >>= 1
        self.hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.hashes:
            return sha256(b"").digest()
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        return root


class EventCheck:
    """The checks of single events, and their findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.erased: dict[str, int] = {}
        self.recorded: set[str] = set()

    def find(self, place: int | None, problem: str) -> None:
        self.findings.append(Finding(place, problem))

    def check_leaf(self, index: int, found: bytes, leaf: str) -> None:
        if sha256(b"\x00" + leaf.encode()).digest() != found:
            self.find(index, f"event {index} was changed")

    def check_time(self, index: int, public: dict[str, Any]) -> None:
        if public.get("version", 0) >= WITH_PARTS:
            seconds = int(public["id"].replace("-", "")[:12], 16) / 1000
            if abs(datetime.fromisoformat(public["created_at"]).timestamp() - seconds) > MOST_APART:
                self.find(index, f"event {index} has another time than its id")

    def check_parts(self, index: int, public: dict[str, Any], parts: list[dict[str, str]]) -> None:
        if public.get("action") == ERASURE:
            self.recorded.add(public["target_id"])
        commitments = public.get("commitments", [])
        if len(parts) != len(commitments):
            self.find(index, f"event {index} has not the personal values that it commits to")
            return
        people = (public.get("actor_user_id") or public.get("actor_id"), public.get("target_id"))
        for part, commitment, subject in zip(parts, commitments, people, strict=False):
            if "text" not in part:
                self.erased.setdefault(str(subject), index)
            elif sha256(bytes.fromhex(part["salt"]) + part["text"].encode()).hexdigest() != commitment:
                self.find(index, f"personal values of event {index} were changed")

    def check_erasures(self) -> None:
        for subject in self.erased.keys() - self.recorded:
            index = self.erased[subject]
            self.find(index, f"personal values of event {index} are missing, but no event records their erasure")


class LogCheck(EventCheck):
    """A running check of one log: `add` each line of events, then `finish`."""

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        super().__init__()
        self.tree = Tree()
        self.roots: dict[int, bytes] = {}
        self.agreed = 0
        self.diverged = False
        self.missing: list[list[int]] = []
        self.removed = 0
        for checkpoint in checkpoints:
            if self.roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
                self.find(None, f"there are two histories of {checkpoint.size} events")

    def add(self, line: str) -> None:
        index = self.tree.size
        try:
            event = json.loads(line)
            found, leaf, parts = bytes.fromhex(event["hash"]), event["leaf"], event["parts"]
            self._check_place(index, event["index"])
            if leaf:
                public = json.loads(leaf)
                self.check_leaf(index, found, leaf)
                self.check_time(index, public)
                self.check_parts(index, public, parts)
                self._note_removal(public)
            else:
                self._note_missing(index)
        except UNREADABLE:
            self.find(index, f"event {index} is not readable")
            found = b""
        self.tree.append(found)
        self._compare()

    def finish(self) -> list[Finding]:
        last = max(self.roots, default=0)
        if self.tree.size < last:
            self.find(None, f"events {self.tree.size} to {last - 1} are missing")
        elif self.tree.size > last:
            self.find(last, f"events {last} to {self.tree.size - 1} have no checkpoint")
        self._check_removals()
        self.check_erasures()
        return self.findings

    def _note_removal(self, public: dict[str, Any]) -> None:
        """Note how many events a removal left as hashes, if it records the tree of a checkpoint."""
        if public.get("action") == EXPIRY:
            facts = public["facts"]
            if self.roots.get(facts["until"], b"").hex() == facts["root"]:
                self.removed = max(self.removed, facts["until"])

    def _note_missing(self, index: int) -> None:
        """Add a missing event to the ranges: each has the first index, and the one after the last."""
        if self.missing and self.missing[-1][1] == index:
            self.missing[-1][1] += 1
        else:
            self.missing.append([index, index + 1])

    def _check_removals(self) -> None:
        for first, end in self.missing:
            if end > self.removed:
                place = max(first, self.removed)
                self.find(place, f"event {place} is missing, and no event records its removal")

    def _check_place(self, index: int, claimed: int) -> None:
        if claimed != index and not self.diverged:
            self.diverged = True
            self.find(index, f"event {index} is missing, or not in its place")

    def _compare(self) -> None:
        size = self.tree.size
        if size not in self.roots or self.diverged:
            return
        if self.roots[size] == self.tree.root():
            self.agreed = size
        else:
            self.diverged = True
            self.find(self.agreed, f"events {self.agreed} to {size - 1} are not those of the checkpoint at {size}")


class Manifest(NamedTuple):
    """The contents of a bundle of filtered events. `pending` are people whose erasure is too recent for the tree."""

    tree: Checkpoint
    number: int
    digest: str
    pending: frozenset[str]


class SelectionCheck(EventCheck):
    """A running check of events of one tree, each with its inclusion proof."""

    def __init__(self, manifest: Manifest) -> None:
        super().__init__()
        self.manifest = manifest
        self.recorded.update(manifest.pending)
        self.number = 0
        self.digest = sha256()

    def add(self, line: str) -> None:
        self.number += 1
        self.digest.update(line.encode())
        self.prove(line)

    def prove(self, line: str) -> None:
        index = None
        try:
            event = json.loads(line)
            index, found = int(event["index"]), bytes.fromhex(event["hash"])
            self.check_leaf(index, found, event["leaf"])
            public = json.loads(event["leaf"])
            self.check_time(index, public)
            self.check_parts(index, public, event["parts"])
            tree = self.manifest.tree
            if root_from(found, index, tree.size, [decode(text) for text in event["proof"]]) != tree.root:
                self.find(index, f"event {index} is not in the signed log")
        except UNREADABLE:
            self.find(index, f"line {self.number} of the events is not readable")

    def finish(self) -> list[Finding]:
        self.check_erasures()
        number = self.manifest.number
        if self.number < number:
            self.find(None, f"{INCOMPLETE}: it has {self.number} of {number} events")
        elif self.digest.hexdigest() != self.manifest.digest and not self.findings:
            self.find(None, "events were removed, added or put in another order")
        return self.findings


def root_from(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2); b"" if it has a wrong length."""
    root, position, last = leaf, index, size - 1
    if not 0 <= index < size:
        return b""
    for sibling in proof:
        if not last:
            return b""
        if position & 1 or position == last:
            root = sha256(b"\x01" + sibling + root).digest()
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + sibling).digest()
        position, last = position >> 1, last >> 1
    return b"" if last else root


def verify(lines: Iterable[str], notes: Iterable[str], keys: Iterable[str]) -> tuple[int, list[Finding]]:
    """The number of events of a whole log, and the findings."""
    checkpoints, findings = open_checkpoints(notes, [parse_key(key) for key in keys])
    check = LogCheck(checkpoints)
    for line in lines:
        check.add(line)
    return check.tree.size, findings + check.finish()


def verify_selection(
    lines: Iterable[str], erasures: Iterable[str], manifest: str, notes: Iterable[str], keys: Iterable[str]
) -> tuple[int, list[Finding]]:
    """The number of filtered events, and the findings."""
    public = [parse_key(key) for key in keys]
    checkpoints, findings = open_checkpoints(notes, public)
    try:
        check = SelectionCheck(open_manifest(manifest, public))
    except ValueError as error:
        return 0, [*findings, Finding(None, f"manifest.txt: {error}")]
    if check.manifest.tree not in checkpoints and check.manifest.tree.size:
        findings.append(Finding(None, "the checkpoint of the manifest is missing"))
    for line in lines:
        check.add(line)
    for line in erasures:
        check.prove(line)
    return check.number, findings + check.finish()


def open_checkpoints(notes: Iterable[str], keys: list[Key]) -> tuple[list[Checkpoint], list[Finding]]:
    checkpoints, findings = [], []
    for number, note in enumerate(notes, 1):
        try:
            checkpoints.append(open_checkpoint(note, keys))
        except ValueError as error:
            findings.append(Finding(None, f"checkpoint number {number}: {error}"))
    if len({checkpoint.origin for checkpoint in checkpoints}) > 1:
        findings.append(Finding(None, "the checkpoints are those of several logs"))
    return checkpoints, findings


def parse_key(vkey: str, kind: bytes = ED25519) -> Key:
    """The name, id and key of a vkey of this type. Raises ValueError."""
    name, key_id, encoded = vkey.strip().split("+", 2)
    data = decode(encoded)
    if data[:1] != kind or sha256(name.encode() + b"\n" + data).digest()[:KEY_ID].hex() != key_id:
        raise ValueError(f"This is not an Ed25519 key: {vkey}")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def open_checkpoint(note: str, keys: Iterable[Key]) -> Checkpoint:
    """The checkpoint of a note that its log signed with one of the keys. Raises ValueError."""
    lines = note.split("\n")
    if len(lines) < 3 or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):
        raise ValueError("This is not a signed checkpoint.")
    open_note(note, lines[0], keys)
    return Checkpoint(lines[0], int(lines[1]), decode(lines[2]))


def open_manifest(note: str, keys: Iterable[Key]) -> Manifest:
    """The manifest, signed by the log that its events are from. Raises ValueError."""
    header, *lines = note.partition("\n\n")[0].split("\n")
    values = dict(line.split(" ", 1) for line in lines)
    if header != MANIFEST or not {"origin", "events", "sha256", "tree", "pending"} <= values.keys():
        raise ValueError("This is not a manifest.")
    open_note(note, values["origin"], keys)
    size, root = values["tree"].split(" ")
    tree = Checkpoint(values["origin"], int(size), decode(root))
    return Manifest(tree, int(values["events"]), values["sha256"], frozenset(values["pending"].split()))


def open_note(note: str, signer: str, keys: Iterable[Key]) -> None:
    """Raises ValueError unless one of the keys, with this name, signed the note."""
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise ValueError("This is not a signed note.")
    for line in signatures.splitlines():
        dash, name, encoded = line.split(" ")
        data = decode(encoded)
        for known, key_id, key in keys:
            if (dash, name, data[:KEY_ID]) == ("—", known, key_id) and known == signer:
                try:
                    key.verify(data[KEY_ID:], f"{text}\n".encode())
                except InvalidSignature:
                    raise ValueError("The signature is not valid.") from None
                return
    raise ValueError("None of the known keys signed it.")


def cosigned_size(notes: Iterable[str], witness: Key) -> int:
    """The largest size of a checkpoint that the witness cosigned; 0 for none. Raises ValueError if one is not valid."""
    size = 0
    for note in notes:
        text, _, signatures = note.rpartition("\n\n")
        for line in signatures.splitlines():
            _, name, encoded = line.split(" ")
            data = decode(encoded)
            if (name, data[:KEY_ID]) == witness[:2]:
                signed = f"cosignature/v1\ntime {int.from_bytes(data[KEY_ID:12])}\n{text}\n"
                witness[2].verify(data[12:], signed.encode())
                size = max(size, int(text.split("\n")[1]))
    return size


def check_witness(notes: list[str], vkey: str) -> tuple[list[Finding], str]:
    """The findings in the cosignatures of a witness, and a sentence about what they cover."""
    witness = parse_key(vkey, COSIGNATURE)
    try:
        size = cosigned_size(notes, witness)
    except (ValueError, InvalidSignature):
        return [Finding(None, f"the cosignature of {witness[0]} is not valid")], ""
    if not size:
        return [Finding(None, f"{witness[0]} has not cosigned the log")], ""
    return [], f"{witness[0]} cosigned the first {size} events of the log."


@lru_cache(1_000)
def decode(text: str) -> bytes:
    """The bytes of canonical base64. Raises ValueError. Cached, because proofs of adjacent events share most hashes."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("This is not canonical base64.")
    return data


def split_notes(text: str) -> list[str]:
    return [f"{note}\n" for note in re.split(r"\n\n(?!— )", text.rstrip("\n")) if note]


class Bundle:
    """The files of a zip file or a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = None if path.is_dir() else zipfile.ZipFile(path)

    @contextmanager
    def open(self, name: str) -> Iterator[TextIO]:
        raw = (self.path / name).open("rb") if self.zip is None else self.zip.open(name)
        with raw, io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as file:
            yield file

    def has(self, name: str) -> bool:
        return (self.path / name).exists() if self.zip is None else name in self.zip.namelist()

    def text(self, name: str) -> str:
        with self.open(name) as file:
            return file.read()

    def lines(self, name: str) -> Iterator[str]:
        with self.open(name) as file:
            while line := file.readline(MAX_LINE):
                yield line


def check_bundle(options: argparse.Namespace) -> tuple[int, list[Finding], list[str]]:
    """The number of events, the findings, and other lines to print."""
    bundle = Bundle(options.file)
    notes = split_notes(bundle.text("checkpoints.txt"))
    notes += [note for path in options.checkpoint for note in split_notes(path.read_text(encoding="utf-8"))]
    keys = options.key or bundle.text("keys.txt").split()
    witnesses = [check_witness(notes, vkey) for vkey in options.witness]
    about = ["Public keys:", *(f"  {key}" for key in keys), *(text for _, text in witnesses if text)]
    events = bundle.lines("events.jsonl")
    if bundle.has("manifest.txt"):
        manifest = bundle.text("manifest.txt")
        size, found = verify_selection(events, bundle.lines("erasures.jsonl"), manifest, notes, keys)
        about += ["Manifest:", *(f"  {line}" for line in manifest.partition("\n\n")[0].split("\n"))]
    else:
        size, found = verify(events, notes, keys)
    return size, [*found, *(finding for findings, _ in witnesses for finding in findings)], about


def check_text(path: Path) -> tuple[int, list[Finding], list[str]]:
    """Check that a CSV or JSON Lines file has its last line, and the number of events in it."""
    is_csv, rows, last = path.suffix == ".csv", 0, ""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in map(",".join, csv.reader(file)) if is_csv else file:
            rows, last = rows + 1, row
    number = max(0, rows - 1 - is_csv)
    claimed = TRAILER.match(last)
    about = ["This file is not signed. Only a signed bundle can prove that nothing was changed."]
    return number, [] if claimed and int(claimed[1]) == number else [Finding(None, INCOMPLETE)], about


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0 if there are no findings."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("file", type=Path, help="a bundle (zip file or folder), or a CSV or JSON Lines file")
    parser.add_argument("--key", action="append", help="a public key of the log, instead of those in the bundle")
    parser.add_argument("--checkpoint", action="append", type=Path, default=[], help="a checkpoint that you kept")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness that has to have cosigned")
    options = parser.parse_args(arguments)
    is_text = options.file.suffix in {".csv", ".jsonl"}
    try:
        size, findings, about = check_text(options.file) if is_text else check_bundle(options)
    except (zipfile.BadZipFile, zlib.error, csv.Error, EOFError, KeyError, FileNotFoundError) as error:
        size, findings, about = 0, [Finding(None, f"{INCOMPLETE} ({error})")], []
    result = f"{len(findings)} problems." if findings else "complete." if is_text else "complete and unchanged."
    lines = [*(finding.problem for finding in findings), *about, f"{size} events: {result}"]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
