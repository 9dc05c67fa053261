"""Go's libraries verify Control Hub's signatures, and a witness written in Go cosigns."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from audit.canonical import leaf_of
from audit.models import AuditCheckpoint
from audit.seal import seal_events
from audit.signing import origin_of, verifier_keys
from audit.transparency.checkpoints import open_checkpoint
from audit.transparency.keys import encode, parse_vkey
from audit.transparency.notes import open_note
from audit.transparency.proofs import consistency_proof
from audit.tree import prove, subtree_reader
from tests.audit.events import make_events
from tests.conftest import cannot_run

pytestmark = pytest.mark.deep
PROGRAMS = Path(__file__).with_name("go")
LIBRARIES = "/usr/share/gocode"  # from the package golang-golang-x-mod-dev
WITNESS, TIME = "witness.example/one", 1_700_000_000


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return build("check", tmp_path_factory.mktemp("go"))


def build(name, folder):
    """Build a program from the folder `go`."""
    if shutil.which("go") is None or not Path(LIBRARIES, "src/golang.org/x/mod/sumdb").exists():
        cannot_run("the packages golang-go and golang-golang-x-mod-dev are not installed")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": LIBRARIES, "GOFLAGS": "", "GOCACHE": f"{folder}/cache"}
    command = ["go", "build", "-o", folder / name, PROGRAMS / name / "main.go"]
    subprocess.run(command, cwd=folder, env=environment, check=True, timeout=300)
    return folder / name


def run(program, given):
    return subprocess.run([program], input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def given(organization):
    """A log of 301 events with two checkpoints, and proofs from it."""
    make_events(organization, 200)
    seal_events()
    events = make_events(organization, 100)
    seal_events()
    proof = prove(events[50])
    old, new = AuditCheckpoint.objects.order_by("size").values_list("size", "note")
    return {
        "Key": str(verifier_keys(origin_of(organization.pk))[0]),
        "Old": old[1],
        "New": new[1],
        "Leaf": leaf_of(events[50]).decode(),
        "Index": proof.index,
        "Inclusion": encoded(proof.hashes),
        "Consistency": encoded(consistency_proof(old[0], new[0], subtree_reader(organization.pk))),
        "Witness": WITNESS,
        "Time": TIME,
    }


def encoded(hashes):
    return [encode(found) for found in hashes]


def test_go_verifies_and_cosigns(program, given):
    found = run(program, given)
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    log, witness = parse_vkey(given["Key"]), parse_vkey(answer["Key"])
    assert open_note(answer["Note"], [log, witness])[1] == {log: None, witness: TIME}
    assert open_checkpoint(answer["Note"], [log, witness]).size == 301


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("New", lambda note: note.replace("\n301\n", "\n300\n")),
        ("Leaf", lambda leaf: leaf.replace("user.updated", "user.created")),
        ("Index", lambda index: index + 1),
        ("Inclusion", lambda hashes: hashes[::-1]),
        ("Consistency", lambda hashes: hashes[1:]),
    ],
)
def test_go_rejects_changed_data(program, given, name, change):
    assert change(given[name]) != given[name]
    assert run(program, {**given, name: change(given[name])}).returncode != 0
