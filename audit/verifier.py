#!/usr/bin/env python3
"""Verifies an exported audit log without Control Hub: `python verifier.py BUNDLE [--key VKEY] [--checkpoint FILE]`.

Needs Python 3.11 and the package `cryptography`, and imports nothing of Control Hub: it is an implementation of its
own, short enough to be read, and nobody has to trust the program that wrote the log.

A bundle is a zip file or a folder with
  events.jsonl     one event in each line: `index`, `hash`, `leaf` (the text whose hash is the leaf of the Merkle tree)
                   and `parts` (personal values, each as `salt` and `text`; without both if they were erased)
  checkpoints.txt  the signed checkpoints (https://c2sp.org/tlog-checkpoint), with empty lines between them
  keys.txt         the public keys of the log (https://c2sp.org/signed-note), one in each line

Compare a key with one that you got in another way, or give it with `--key`: keys.txt could come with a forged log.
A bundle that ends early is a valid log of an earlier time. Give a newer checkpoint with `--checkpoint` to find that.
"""

import argparse
import base64
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = b"\x01"
KEY_ID = 4
MAX_LINE = 10_000_000
ERASURE = "user.erased"
"""The action of the event that records the erasure of the personal values of its target."""


class Finding(NamedTuple):
    """Something that is wrong. `place` is the index of the first event concerned, None if no single one is."""

    place: int | None
    problem: str


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes


class Tree:
    """A Merkle tree of RFC 6962 that only grows: the hashes of its full subtrees."""

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


class LogCheck:
    """A running check of one log: `add` each line of events, then `finish`."""

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        self.tree = Tree()
        self.roots: dict[int, bytes] = {}
        self.findings: list[Finding] = []
        self.agreed = 0
        self.diverged = False
        self.erased: dict[str, int] = {}
        self.recorded: set[str] = set()
        for checkpoint in checkpoints:
            if self.roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
                self._find(None, f"there are two histories of {checkpoint.size} events")

    def add(self, line: str) -> None:
        index = self.tree.size
        try:
            event = json.loads(line)
            found, leaf, parts = bytes.fromhex(event["hash"]), event["leaf"], event["parts"]
            self._check_event(index, event["index"], found, leaf)
            self._check_parts(index, json.loads(leaf), parts)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self._find(index, f"event {index} is not readable")
            found = b""
        self.tree.append(found)
        self._compare()

    def finish(self) -> list[Finding]:
        last = max(self.roots, default=0)
        if self.tree.size < last:
            self._find(None, f"events {self.tree.size} to {last - 1} are missing")
        elif self.tree.size > last:
            self._find(last, f"events {last} to {self.tree.size - 1} have no checkpoint")
        for subject in self.erased.keys() - self.recorded:
            index = self.erased[subject]
            self._find(index, f"personal values of event {index} are missing, but no event records their erasure")
        return self.findings

    def _check_event(self, index: int, claimed: int, found: bytes, leaf: str) -> None:
        if claimed != index and not self.diverged:
            self.diverged = True
            self._find(index, f"event {index} is missing, or not in its place")
        if sha256(b"\x00" + leaf.encode()).digest() != found:
            self._find(index, f"event {index} was changed")

    def _check_parts(self, index: int, public: dict[str, Any], parts: list[dict[str, str]]) -> None:
        if public.get("action") == ERASURE:
            self.recorded.add(public["target_id"])
        commitments = public.get("commitments", [])
        if len(parts) != len(commitments):
            self._find(index, f"event {index} has not the personal values that it commits to")
            return
        people = (public.get("actor_user_id") or public.get("actor_id"), public.get("target_id"))
        for part, commitment, subject in zip(parts, commitments, people, strict=False):
            if "text" not in part:
                self.erased.setdefault(str(subject), index)
            elif sha256(bytes.fromhex(part["salt"]) + part["text"].encode()).hexdigest() != commitment:
                self._find(index, f"personal values of event {index} were changed")

    def _compare(self) -> None:
        size = self.tree.size
        if size not in self.roots or self.diverged:
            return
        if self.roots[size] == self.tree.root():
            self.agreed = size
        else:
            self.diverged = True
            self._find(self.agreed, f"events {self.agreed} to {size - 1} are not those of the checkpoint at {size}")

    def _find(self, place: int | None, problem: str) -> None:
        self.findings.append(Finding(place, problem))


def verify(lines: Iterable[str], notes: Iterable[str], keys: Iterable[str]) -> tuple[int, list[Finding]]:
    """The number of events, and what is wrong with them."""
    public = [parse_key(key) for key in keys]
    checkpoints, findings = [], []
    for number, note in enumerate(notes, 1):
        try:
            checkpoints.append(open_checkpoint(note, public))
        except ValueError as error:
            findings.append(Finding(None, f"checkpoint number {number}: {error}"))
    if len({checkpoint.origin for checkpoint in checkpoints}) > 1:
        findings.append(Finding(None, "the checkpoints are those of several logs"))
    check = LogCheck(checkpoints)
    for line in lines:
        check.add(line)
    return check.tree.size, findings + check.finish()


def parse_key(vkey: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """The name, id and key of a vkey; ValueError."""
    name, key_id, encoded = vkey.strip().split("+", 2)
    data = decode(encoded)
    if data[:1] != ED25519 or sha256(name.encode() + b"\n" + data).digest()[:KEY_ID].hex() != key_id:
        raise ValueError(f"This is not an Ed25519 key: {vkey}")
    return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])


def open_checkpoint(note: str, keys: Iterable[tuple[str, bytes, Ed25519PublicKey]]) -> Checkpoint:
    """The checkpoint of a note that its log signed with one of the keys; ValueError."""
    text, separator, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) < 3 or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):
        raise ValueError("This is not a signed checkpoint.")
    root = decode(lines[2])
    for line in signatures.splitlines():
        dash, name, encoded = line.split(" ")
        data = decode(encoded)
        for known, key_id, key in keys:
            if (dash, name, data[:KEY_ID]) == ("—", known, key_id) and known == lines[0]:
                try:
                    key.verify(data[KEY_ID:], f"{text}\n".encode())
                except InvalidSignature:
                    raise ValueError("The signature is not valid.") from None
                return Checkpoint(lines[0], int(lines[1]), root)
    raise ValueError("None of the known keys signed it.")


def decode(text: str) -> bytes:
    """The bytes of base64 in its canonical form; ValueError."""
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

    def text(self, name: str) -> str:
        with self.open(name) as file:
            return file.read()

    def lines(self, name: str) -> Iterator[str]:
        with self.open(name) as file:
            while line := file.readline(MAX_LINE):
                yield line


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 if nothing is wrong."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--key", action="append", help="a public key of the log, instead of those in the bundle")
    parser.add_argument("--checkpoint", action="append", type=Path, default=[], help="a checkpoint that you kept")
    options = parser.parse_args(arguments)
    bundle = Bundle(options.bundle)
    notes = split_notes(bundle.text("checkpoints.txt"))
    notes += [note for path in options.checkpoint for note in split_notes(path.read_text(encoding="utf-8"))]
    keys = options.key or bundle.text("keys.txt").split()
    size, findings = verify(bundle.lines("events.jsonl"), notes, keys)
    lines = [finding.problem for finding in findings]
    lines += ["Public keys:", *(f"  {key}" for key in keys)]
    lines += [f"{size} events: " + (f"{len(findings)} problems." if findings else "complete and unchanged.")]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
