"""A small campaign: nothing acknowledged is lost while processes are killed. FAULT_SEED selects other faults."""

import os
import random

import pytest

from bench.faults import campaign, journal, kinds, proof
from bench.faults.journal import Journal, Known

SEED = int(os.environ.get("FAULT_SEED", "17"))
QUICK = (
    "web worker killed",
    "job worker killed",
    "beat killed",
    "backend ended",
    "backend killed",
    "postmaster killed",
)


@pytest.mark.processes
@pytest.mark.usefixtures("started_once")
def test_nothing_acknowledged_is_lost_during_faults():
    quick = [fault for fault in kinds.FAULTS if fault.name in QUICK]
    chosen = random.Random(SEED).sample(quick, 3)
    report = campaign.run(writes=200, seed=SEED, faults=chosen, between=(20, 60))
    assert report.complaints == []
    assert report.writes >= 200
    assert report.faults == len(chosen)


def written(tmp_path, *outcomes):
    """What the journal knows about one user after these outcomes (change, value, outcome)."""
    known = Known("/Users", "neo", id="1")
    notes = Journal(tmp_path / "journal")
    for outcome in outcomes:
        notes.note(known, *outcome)
    notes.close()
    (found,) = journal.read([tmp_path / "journal"]).values()
    return found


def test_journal_knows_the_possible_values(tmp_path):
    known = written(tmp_path, ("create", "a", "done"), ("patch", "b", "503"), ("patch", "c", "connection"))
    assert (known.acknowledged, known.unknown, known.values) == (1, 2, {"a", "b", "c"})
    assert list(proof.missing(known, {"title": "b"})) == []
    assert list(proof.missing(known, {"title": "d"}))
    assert list(proof.missing(known, None)) == ["neo is gone"]


def test_acknowledged_change_removes_uncertainty(tmp_path):
    known = written(tmp_path, ("create", "a", "done"), ("patch", "b", "503"), ("put", "c", "done"))
    assert list(proof.missing(known, {"title": "c"})) == []
    assert list(proof.missing(known, {"title": "b"}))


@pytest.mark.parametrize(("outcome", "is_gone"), [("done", True), ("503", False)])
def test_journal_knows_deleted_resources(tmp_path, outcome, is_gone):
    known = written(tmp_path, ("create", "a", "done"), ("delete", "b", outcome))
    assert list(proof.missing(known, None)) == []
    assert bool(list(proof.missing(known, {"title": "a"}))) is is_gone


def test_each_version_has_an_event(tmp_path):
    known = written(tmp_path, ("create", "a", "done"), ("patch", "b", "done"), ("patch", "c", "503"))
    assert list(proof.miscounted(known, "1", {"1": 2}, {"1": 2})) == []
    assert list(proof.miscounted(known, "1", {"1": 3}, {"1": 3})) == []
    for events, version in ((1, 1), (2, 3), (4, 4), (3, 2)):
        assert list(proof.miscounted(known, "1", {"1": events}, {"1": version})), (events, version)
