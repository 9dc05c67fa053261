"""Writers keep writing while faults occur one after the other, each kind at least once. Then the result is verified."""

import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.attacks.target import Target
from bench.faults import journal, kinds, proof
from bench.faults.kinds import Fault
from bench.faults.outside import Surroundings, surroundings
from bench.faults.writers import Tally, Writer
from bench.launched import wait_for
from bench.stack import ROOT

WRITERS = 4
WRITES_BETWEEN = (40, 200)
"""The range for the number of acknowledged writes between two faults."""
RECOVERY_SECONDS = 5.0
PATIENCE = 90.0


@dataclass
class Report:
    """The result of a campaign; `complaints` is empty if it found no error."""

    writes: int = 0
    faults: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    complaints: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    """Complaints about timing. A busy machine may cause some."""


def run(
    *,
    writes: int,
    seed: int,
    checkout: Path = ROOT,
    faults: Sequence[Fault] = kinds.FAULTS,
    between: tuple[int, int] = WRITES_BETWEEN,
) -> Report:
    """Run until this many writes are acknowledged and each fault has occurred, in an order determined by `seed`."""
    with_disk = any(fault.needs_disk for fault in faults)
    with surroundings(checkout=checkout, with_disk=with_disk) as around:
        if with_disk and around.disk is None:
            print("No small disk can be mounted (that takes root): left out.", flush=True)
        usable = [fault for fault in faults if around.disk or not fault.needs_disk]
        return Campaign(around, seed, between).run(writes, usable)


class Campaign:
    """One run of the campaign and its environment."""

    def __init__(self, around: Surroundings, seed: int, between: tuple[int, int]) -> None:
        self._around, self._chance, self._between = around, random.Random(seed), between
        self._report, self._read = Report(), 0
        self._target = Target.of(around.hub, around.hub.welcome["Organization ID"], around.hub.welcome["Secret token"])
        self._tally, self._folder = Tally(), Path(tempfile.mkdtemp(prefix="journal-"))
        self._files = [self._folder / f"{number}" for number in range(WRITERS)]
        self._writers = [
            Writer(self._target, self._tally, file, number, seed) for number, file in enumerate(self._files)
        ]

    def run(self, writes: int, faults: Sequence[Fault]) -> Report:
        for writer in self._writers:
            writer.start()
        try:
            self._break_things(writes, faults)
        finally:
            for writer in self._writers:
                writer.finish()
            for writer in self._writers:
                writer.join()
        self._conclude()
        shutil.rmtree(self._folder)
        return self._report

    def _break_things(self, writes: int, faults: Sequence[Fault]) -> None:
        deck: list[Fault] = []
        is_first_round = True
        while self._tally.done < writes or deck or is_first_round:
            if not deck:
                deck, is_first_round = self._chance.sample(faults, len(faults)), False
            self._write_on(self._chance.randint(*self._between))
            if self._tally.done >= writes and self._report.faults >= len(faults):
                break
            if not self._survive(deck.pop()):
                break

    def _write_on(self, count: int) -> None:
        """Let the writers run for a while without a fault."""
        until = self._tally.done + count
        wait_for(lambda: self._tally.done >= until, seconds=PATIENCE, message=f"there were not {count} writes")

    def _survive(self, fault: Fault) -> bool:
        """Cause a fault and wait until writes succeed again. Returns whether they did."""
        before, began = dict(self._tally.failures), time.monotonic()
        self._tally.is_web_down = fault.stops_web
        try:
            ended = fault.cause(self._around, self._chance)
            self._report.faults += 1
            wait_for(lambda: self._tally.is_calm(ended), seconds=PATIENCE, message="writes did not succeed again")
        except (TimeoutError, RuntimeError) as error:
            self._complain(f"{fault.name}: {error}")
            return False
        waited = max(0.0, self._tally.last_failure - ended)
        self._report.slowest = max(self._report.slowest, waited)
        if waited > RECOVERY_SECONDS:
            self._report.late.append(f"{fault.name}: writes failed until {waited:.1f} s after the fault had ended")
        self._tally.is_web_down = False
        failures = {
            kind: n - before.get(kind, 0) for kind, n in self._tally.failures.items() if n > before.get(kind, 0)
        }
        print(
            f"{self._tally.done:6} writes | {fault.name:24} | lasted {ended - began:5.1f} s "
            f"| healed after {waited:4.1f} s | {failures or ''}",
            flush=True,
        )
        for text in self._launcher_lines():
            print(f"       {text}", flush=True)
        return True

    def _launcher_lines(self) -> list[str]:
        """The launcher's output since the last call."""
        with self._around.hub.log.open("rb") as log:
            log.seek(self._read)
            text = log.read()
            self._read = log.tell()
        return [line for line in text.decode(errors="replace").splitlines() if "launcher |" in line]

    def _conclude(self) -> None:
        """Check that everything works again without intervention, and that the service agrees with the journals."""
        hub, report = self._around.hub, self._report
        report.writes, report.failures = self._tally.done, dict(self._tally.failures)
        report.complaints += [
            f"unexpected failure, {count} ×: {text}" for text, count in self._tally.unexpected.items()
        ]
        if hub.launcher.poll() is not None:
            self._complain(f"the launcher ended with exit code {hub.launcher.returncode}")
            return
        wait_for(
            lambda: {"web", "worker", "beat"} <= set(hub.services()), seconds=PATIENCE, message="a service is missing"
        )
        wait_for(hub.answers, seconds=PATIENCE, message="it is not ready")
        report.complaints += proof.contradictions(self._target, journal.read(self._files))
        try:
            hub.manage("verify_audit")
        except RuntimeError as error:
            self._complain(str(error))

    def _complain(self, text: str) -> None:
        self._report.complaints.append(text)
        print(text, flush=True)


def faults(*, writes: int, seed: int, only: str = "", checkout: Path = ROOT) -> int:
    """Run the campaign and print its findings. Returns the exit code: 1 if a check failed."""
    print(f"seed {seed}", flush=True)
    chosen = [fault for fault in kinds.FAULTS if only in fault.name]
    report = run(writes=writes, seed=seed, checkout=checkout, faults=chosen)
    print(
        f"{report.writes:,} writes acknowledged, {report.faults} faults, failures {report.failures}, "
        f"slowest recovery {report.slowest:.1f} s, {len(report.complaints)} complaints, {len(report.late)} late"
    )
    complaints = report.complaints + report.late
    for text in complaints[:50]:
        print(f"  {text}")
    return 1 if complaints else 0
