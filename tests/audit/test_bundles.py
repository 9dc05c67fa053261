"""Signed bundles of a filter: every event has its proof, the verifier names a bad one, and detects truncated files."""

import io
import json
import os
import subprocess
import sys
import zipfile
from uuid import uuid4

import pytest

from audit import verifier
from audit.lists import bundles
from audit.manifest import Manifest
from audit.models import AuditCheckpoint, AuditEvent, AuditLeaf
from audit.seal import seal_events
from audit.signing import origin_of, verifier_keys
from audit.vocabulary import AuditAction
from controlhub.actions import erasure
from controlhub.actions.users import delete_user, purge_inactive_user
from tests import factories
from tests.audit.events import make_events
from tests.factories import COMMAND

FILTER = "activity=Add+user&target=user0%40example.com&target=user2&target=user3"


@pytest.fixture
def users(organization):
    found = [factories.make_user(organization, f"user{number}@example.com") for number in range(4)]
    seal_events()
    make_events(organization, 300)
    seal_events()
    return found


def export(portal, query=""):
    """Returns the zip file."""
    answer = portal.post("/audit/export/", {"format": "bundle", "query": query, "form_id": str(uuid4())})
    assert answer["Content-Type"] == "application/zip"
    return answer.getvalue()


@pytest.fixture
def folder(portal, users, tmp_path):
    zipfile.ZipFile(io.BytesIO(export(portal, FILTER))).extractall(tmp_path)
    return tmp_path


def run(folder, *options):
    """Run the program in a process that cannot import Control Hub. Returns its exit code and output."""
    command = [sys.executable, "-I", folder / "verifier.py", folder, *options]
    environment = {name: value for name, value in os.environ.items() if name == "PATH"}
    found = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert found.stderr == ""
    return found.returncode, found.stdout


def lines_of(folder):
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def write_lines(folder, lines):
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    (folder / "events.jsonl").write_text(text)


def test_bundle_contains_the_filtered_events_and_verifies_without_control_hub(organization, folder):
    code, text = run(folder)
    assert code == 0, text
    assert "3 events: complete and unchanged." in text
    assert f"filter {FILTER}" in text
    found = [json.loads(line["leaf"])["id"] for line in lines_of(folder)]
    expected = AuditEvent.objects.filter(action="user.created").newest_first()
    names = [f"user{number}@example.com" for number in (3, 2, 0)]
    assert found == [str(event.pk) for event in expected if event.target_label in names]
    key = verifier_keys(origin_of(organization.pk))[0]
    assert run(folder, "--key", str(key))[0] == 0
    assert run(folder, "--checkpoint", folder / "checkpoints.txt")[0] == 0


def edit(values, name, old, new):
    assert old in values[name]
    values[name] = values[name].replace(old, new)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda line: edit(line, "leaf", "user.created", "user.deleted"), "event {index} was changed"),
        (lambda line: edit(line["parts"][1], "text", "user2", "user9"), "values of event {index} were changed"),
        (lambda line: line.update(proof=line["proof"][1:]), "event {index} is not in the signed log"),
        (lambda line: line.update(proof=line["proof"][::-1]), "event {index} is not in the signed log"),
        (lambda line: line.update(index=line["index"] + 1), "event {next} is not in the signed log"),
        (lambda line: line["parts"].pop(), "event {index} has not the personal values"),
        (lambda line: line.pop("proof"), "line 2 of the events is not readable"),
        (lambda line: line["parts"][1].clear(), "but no event records their erasure"),
    ],
)
def test_verifier_names_a_changed_event(folder, change, problem):
    lines = lines_of(folder)
    index = lines[1]["index"]
    change(lines[1])
    write_lines(folder, lines)
    code, text = run(folder)
    assert (code, problem.format(index=index, next=index + 1) in text.splitlines()[0]) == (1, True), text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda lines: lines[:-1], "it has 2 of 3 events"),
        (lambda lines: lines[:1] + lines[:1] + lines[2:], "events were removed, added or put in another order"),
        (lambda lines: [*lines, lines[0]], "events were removed, added or put in another order"),
        (lambda lines: lines[::-1], "events were removed, added or put in another order"),
    ],
)
def test_removed_and_added_events_are_found(folder, change, problem):
    write_lines(folder, change(lines_of(folder)))
    code, text = run(folder)
    assert (code, problem in text) == (1, True), text


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("manifest.txt", "events 3", "events 2", "The signature is not valid."),
        ("manifest.txt", "\norigin ", "\norigin x", "None of the known keys signed it."),
        ("manifest.txt", "controlhub-audit", "other", "This is not a manifest."),
        ("checkpoints.txt", "/audit/", "/Audit/", "None of the known keys signed it."),
    ],
)
def test_signed_parts_cannot_be_changed(folder, name, old, new, problem):
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    code, text = run(folder)
    assert (code, problem in text) == (1, True), text


def test_bundle_without_manifest_or_checkpoint_is_refused(folder):
    (folder / "checkpoints.txt").write_text("")
    assert "the checkpoint of the manifest is missing" in run(folder)[1]
    (folder / "manifest.txt").unlink()
    code, text = run(folder)
    assert (code, "event 0 is missing" in text) == (1, True)


def test_truncated_file_is_incomplete(portal, users, tmp_path, capsys):
    whole = export(portal)
    path = tmp_path / "log.zip"
    for size in (0, 100, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert verifier.main([str(path)]) == 1, size
        assert verifier.INCOMPLETE in capsys.readouterr().out
    path.write_bytes(whole)
    assert verifier.main([str(path)]) == 0


def test_unsealed_events_are_counted(portal, users, tmp_path):
    zipfile.ZipFile(io.BytesIO(export(portal))).extractall(tmp_path)
    sealed = AuditLeaf.objects.count()
    exported = AuditEvent.objects.exclude(action=AuditAction.EXPORT_FINISHED).count()
    assert f"unsealed {exported - sealed}" in (tmp_path / "manifest.txt").read_text()
    code, text = run(tmp_path)
    assert (code, f"{sealed} events: complete and unchanged." in text) == (0, True)


def test_bundle_of_a_log_without_a_checkpoint_has_no_events(portal, tmp_path):
    zipfile.ZipFile(io.BytesIO(export(portal))).extractall(tmp_path)
    assert AuditCheckpoint.objects.count() == 0
    code, text = run(tmp_path)
    assert (code, "0 events: complete and unchanged." in text) == (0, True)


def test_manifest_rejects_a_filter_with_a_line_break():
    manifest = Manifest(None, 0, 0, "", "q=x\npending 1", None)
    with pytest.raises(ValueError, match="one line"):
        manifest.sign()


def test_erased_values_come_with_their_recorded_erasure(organization, portal, users, tmp_path):
    """Even if the erasure is too new for the tree: Control Hub then signs that it is recorded."""
    person = users[2]
    purge_inactive_user(delete_user(person, actor=COMMAND), actor=COMMAND)
    seal_events()
    erasure.erase_person(organization, person.pk, actor=COMMAND)
    for name in ("pending", "sealed"):
        zipfile.ZipFile(io.BytesIO(export(portal, f"target={person.pk}"))).extractall(tmp_path / name)
        seal_events()
        code, text = run(tmp_path / name)
        assert code == 0, text
    assert f"pending {person.pk}" in (tmp_path / "pending" / "manifest.txt").read_text()
    assert "pending \n" in (tmp_path / "sealed" / "manifest.txt").read_text()
    (tmp_path / "sealed" / "erasures.jsonl").write_text("")
    events = tmp_path / "sealed" / "events.jsonl"
    write_lines(
        tmp_path / "sealed", [json.loads(line) for line in events.read_text().splitlines() if "erased" not in line]
    )
    assert "but no event records their erasure" in run(tmp_path / "sealed")[1]


@pytest.mark.parametrize("size", [1_001, pytest.param(10_001, marks=pytest.mark.deep)])
def test_large_bundle_verifies(organization, portal, tmp_path, capsys, size):
    make_events(organization, size)
    while seal_events():
        pass
    path = tmp_path / "log.zip"
    answer = portal.post(
        "/audit/export/", {"format": "bundle", "query": "activity=Update+user", "form_id": str(uuid4())}
    )
    with path.open("wb") as file:
        file.writelines(answer.streaming_content)
    assert verifier.main([str(path)]) == 0
    assert f"{size} events: complete and unchanged." in capsys.readouterr().out


def test_bundle_is_sent_in_small_chunks(organization, monkeypatch, portal, users):
    """A file is never in memory as a whole: each portion is passed on once it is written."""
    monkeypatch.setattr(bundles, "PORTION", 10)
    taken = []
    take = bundles.Outgoing.take

    def noted(file):
        found = take(file)
        taken.append(len(found))
        return found

    monkeypatch.setattr(bundles.Outgoing, "take", noted)
    export(portal)
    assert len(taken) > 30
