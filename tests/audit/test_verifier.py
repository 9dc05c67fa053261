"""The standalone verifier: an exported log is complete and unchanged, or the first bad event is named."""

import io
import json
import os
import random
import subprocess
import sys
import zipfile
from copy import copy, deepcopy
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import verifier
from audit.bundle import write_bundle
from audit.models import AuditEvent
from audit.seal import seal_events
from audit.transparency.checkpoints import Checkpoint
from audit.transparency.keys import SigningKey
from audit.transparency.trees import CompactRange, leaf_hash
from tests import factories

KEY = SigningKey("hub.example/audit/1", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
STRANGER = SigningKey("hub.example/audit/1", Ed25519PrivateKey.from_private_bytes(b"\2" * 32))
WORDS = ["user.created", "user.updated", "group.created", "naïve", "日本", ""]


class Log:
    """An in-memory log, in the form of the files in a bundle."""

    def __init__(self, generator, size, key=KEY):
        self.generator = generator
        self.events = [self.event(index) for index in range(size)]
        self.notes = []
        tree = CompactRange()
        ends = {size, *generator.sample(range(1, size + 1), min(2, size))}
        for event in self.events:
            tree.append(bytes.fromhex(event["hash"]))
            if tree.size in ends:
                self.notes.append(str(Checkpoint(KEY.name, tree.size, tree.root()).sign(key)))

    def event(self, index):
        parts = [self.part(index, name) for name in ("actor", "target")]
        public = {
            "action": self.generator.choice(WORDS),
            "actor_id": "somebody",
            "id": self.generator.randbytes(8).hex(),
            "target_id": "somebody",
            "commitments": [sha256(bytes.fromhex(part["salt"]) + part["text"].encode()).hexdigest() for part in parts],
        }
        leaf = json.dumps(public, ensure_ascii=False)
        return {"index": index, "hash": leaf_hash(leaf.encode()).hex(), "leaf": leaf, "parts": parts}

    def part(self, index, name):
        value = self.generator.choice(WORDS) + self.generator.randbytes(4).hex()
        text = json.dumps({"name": name, "subject": str(index), "value": value})
        return {"salt": self.generator.randbytes(16).hex(), "text": text}

    def copy(self):
        other = copy(self)
        other.events, other.notes = deepcopy(self.events), list(self.notes)
        return other

    def findings(self, kept=()):
        lines = (json.dumps(event) for event in self.events)
        return verifier.verify(lines, [*self.notes, *kept], [str(KEY.verifier)])[1]


def edit_leaf(log, place):
    event = log.events[place]
    event["leaf"] = event["leaf"].replace('"id": "', '"id": "0')
    return place


def edit_leaf_and_hash(log, place):
    edit_leaf(log, place)
    log.events[place]["hash"] = leaf_hash(log.events[place]["leaf"].encode()).hex()


def edit_hash(log, place):
    log.events[place]["hash"] = log.generator.randbytes(32).hex()
    return place


def edit_part(log, place):
    part = log.generator.choice(log.events[place]["parts"])
    part["text"] = part["text"].replace('"value": "', '"value": "x')
    return place


def edit_salt(log, place):
    log.generator.choice(log.events[place]["parts"])["salt"] = log.generator.randbytes(16).hex()
    return place


def remove_part(log, place):
    log.events[place]["parts"].pop()
    return place


def erase_part(log, place):
    part = log.generator.choice(log.events[place]["parts"])
    del part["text"], part["salt"]
    return place


def remove(log, place):
    del log.events[place]
    return place if place < len(log.events) else None


def remove_and_renumber(log, place):
    del log.events[place]
    for index, event in enumerate(log.events):
        event["index"] = index


def duplicate(log, place):
    log.events.insert(place, json.loads(json.dumps(log.events[place])))
    return place + 1


def swap(log, place):
    other = (place + 1) % len(log.events)
    log.events[place], log.events[other] = log.events[other], log.events[place]
    return min(place, other)


def insert(log, place):
    log.events.insert(place, log.event(place))


def append(log, place):
    log.events.append(log.event(len(log.events)))
    return len(log.events) - 1


def truncate(log, place):
    del log.events[place:]
    log.notes = [note for note in log.notes if int(note.split("\n")[1]) <= place]


def rewrite(log, place):
    """Replace all events from one on, signed with a different key."""
    forged = Log(log.generator, len(log.events), STRANGER)
    log.events[place:], log.notes = forged.events[place:], forged.notes


def damage_note(log, place):
    number = log.generator.randrange(len(log.notes))
    note = log.notes[number]
    where = log.generator.randrange(len(note) - 1)
    log.notes[number] = note[:where] + ("A" if note[where] != "A" else "B") + note[where + 1 :]


def damage_line(log, place):
    del log.events[place][log.generator.choice(["index", "hash", "leaf", "parts"])]
    return place


MUTATIONS = [
    edit_leaf, edit_leaf_and_hash, edit_hash, edit_part, edit_salt, remove_part, erase_part, remove,
    remove_and_renumber, duplicate, swap, insert, append, truncate, rewrite, damage_note, damage_line,
]  # fmt: skip


def run_mutations(count, seed):
    """Random changes to random logs. Each must be found, at the event that the change specifies, if any."""
    for number in range(count):
        if number % len(MUTATIONS) == 0:
            generator = random.Random(f"{seed} {number}")
            whole = Log(generator, generator.randint(2, 12))
            kept = whole.notes[-1:]
        log = whole.copy()
        mutate = MUTATIONS[number % len(MUTATIONS)]
        place = mutate(log, generator.randrange(len(log.events)))
        findings = log.findings(kept)
        assert findings, (seed, number, mutate.__name__)
        if place is not None:
            named = [finding.place for finding in findings if finding.place is not None]
            assert named, (seed, number, mutate.__name__, findings)
            assert min(named) <= place, (seed, number, mutate.__name__, findings)
            assert place in named, (seed, number, mutate.__name__, findings)


def test_every_mutation_is_found():
    run_mutations(20 * len(MUTATIONS), "fast")


def test_untouched_logs_have_no_findings():
    for number in range(40):
        generator = random.Random(f"untouched {number}")
        log = Log(generator, generator.randint(1, 40))
        assert log.findings() == []


@pytest.mark.deep
def test_ten_thousand_mutations_are_found():
    run_mutations(10_000, "deep")
    for number in range(1_000):
        generator = random.Random(f"deep {number}")
        assert Log(generator, generator.randint(1, 30)).findings() == []


def test_recorded_erasure_is_not_a_finding():
    log = Log(random.Random(1), 3)
    for part in log.events[0]["parts"]:
        del part["text"], part["salt"]
    assert log.findings() != []
    leaf = json.dumps({"action": "user.erased", "target_id": "somebody"})
    log.events.append({"index": 3, "hash": leaf_hash(leaf.encode()).hex(), "leaf": leaf, "parts": []})
    tree = CompactRange()
    for event in log.events:
        tree.append(bytes.fromhex(event["hash"]))
    log.notes.append(str(Checkpoint(KEY.name, 4, tree.root()).sign(KEY)))
    assert log.findings() == []


def test_missing_end_of_a_log_is_found_only_with_a_newer_checkpoint():
    log = Log(random.Random(1), 8)
    kept = log.notes[-1:]
    truncate(log, int(log.notes[0].split("\n")[1]))
    assert log.findings() == []
    assert "are missing" in log.findings(kept)[-1].problem


@pytest.fixture
def bundle(organization):
    for index in range(3):
        factories.make_user(organization, f"user{index}@example.com", name={"givenName": "Zoë"})
    seal_events()
    file = io.BytesIO()
    assert write_bundle(file, organization.pk) == AuditEvent.objects.count()
    return file


def run(folder, *options):
    """Run the program in a process that cannot import Control Hub."""
    command = [sys.executable, "-I", folder / "verifier.py", folder, *options]
    environment = {name: value for name, value in os.environ.items() if name == "PATH"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_exported_log_verifies_without_control_hub(bundle, tmp_path):
    zipfile.ZipFile(bundle).extractall(tmp_path)
    found = run(tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert "4 events: complete and unchanged." in found.stdout
    assert run(tmp_path, "--key", str(STRANGER.verifier)).returncode == 1
    assert run(tmp_path, "--checkpoint", tmp_path / "checkpoints.txt").returncode == 0
    events = tmp_path / "events.jsonl"
    events.write_text(events.read_text().replace("user1@example.com", "user9@example.com", 1))
    found = run(tmp_path)
    assert found.returncode == 1
    assert "personal values of event 2 were changed" in found.stdout


def test_zip_file_verifies_without_unpacking(bundle, tmp_path, capsys):
    path = tmp_path / "log.zip"
    path.write_bytes(bundle.getvalue())
    assert verifier.main([str(path)]) == 0
    assert "4 events: complete and unchanged." in capsys.readouterr().out


def test_verifier_does_not_import_control_hub():
    text = Path(verifier.__file__).read_text()
    assert not [line for line in text.splitlines() if line.startswith(("from audit", "import audit", "from control"))]


@pytest.mark.parametrize(
    ("vkey", "problem"),
    [
        ("", "not enough values"),
        ("a+b+c", "Incorrect padding|Invalid base64"),
        (str(KEY.verifier).replace("+A", "+B", 1), "not an Ed25519 key"),
        ("a+00000000+AAAA", "not an Ed25519 key"),
    ],
)
def test_wrong_keys_are_refused(vkey, problem):
    with pytest.raises(ValueError, match=problem):
        verifier.parse_key(vkey)


@pytest.mark.parametrize(("created", "found"), [("2026-11-26T09:00:00.5Z", []), ("2026-11-28T09:00:00.5Z", [7])])
def test_time_of_an_event_comes_from_its_id(created, found):
    check = verifier.EventCheck()
    check.check_time(7, {"version": 3, "id": "01a21715-4680-7000-8000-000000000000", "created_at": created})
    assert [finding.place for finding in check.findings] == found
