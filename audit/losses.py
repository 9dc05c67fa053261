"""The part of the log missing from a restored backup or a promoted replica, according to the lost checkpoints."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Loss:
    """The checkpoints in the database end at `kept` events; those in the file end at `lost` events, with `root`.

    The first `restored` events from `kept` on are in the database without their seals, as a checkpoint of the lost
    history proves. Another `unplaced` events have no seals and may be any of the others. The events from `kept` on were
    sealed between `since` and `until`, which are None if unknown.
    """

    kept: int
    lost: int
    root: bytes
    restored: int = 0
    unplaced: int = 0
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Self:
        """Read a loss from an event's facts. Those of older releases have only the range and the root."""
        since, until = (
            datetime.fromisoformat(facts[name]) if name in facts else None for name in ("first_at", "last_at")
        )
        restored, unplaced = (int(facts.get(name, 0)) for name in ("restored", "unplaced"))
        return cls(facts["kept"], facts["lost"], bytes.fromhex(facts["root"]), restored, unplaced, since, until)

    @property
    def facts(self) -> dict[str, object]:
        known = (("first_at", self.since), ("last_at", self.until))
        times = {name: moment.isoformat() for name, moment in known if moment}
        numbers = {"kept": self.kept, "lost": self.lost, "restored": self.restored, "unplaced": self.unplaced}
        return {**numbers, "root": self.root.hex(), **times}

    @property
    def first(self) -> int:
        """The first event that may be lost."""
        return self.kept + self.restored

    @property
    def most(self) -> int:
        return self.lost - self.first

    @property
    def fewest(self) -> int:
        return max(0, self.most - self.unplaced)

    def __str__(self) -> str:
        """A message for operators: how many sealed events are lost, when they were sealed, and what cannot be known."""
        said = self._range()
        if self.since and self.until:
            said += f"; they were sealed between {shown(self.since)} and {shown(self.until)}"
        if self.restored and self.most:
            said += f"; events {self.kept} to {self.first - 1} are here and are sealed again"
        return f"{said}. {unsealed_loss(self.until)}" if self.until else said

    def _range(self) -> str:
        if not self.most:
            again = f"events {self.kept} to {self.lost - 1} of the log before that are here and are sealed again"
            return f"no sealed event is lost: {again}"
        lost = f"events {self.first} to {self.lost - 1} of the log before that"
        if self.fewest == self.most:
            return f"{lost} are lost"
        return f"{self.fewest} to {self.most} of {lost} are lost: {self.unplaced} may be here, without seals"


def unsealed_loss(until: datetime) -> str:
    """The message about what cannot be known, because events without a seal leave no trace."""
    return f"Events that were not sealed at {shown(until)} may be lost, too: no checkpoint has their number"


def shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
