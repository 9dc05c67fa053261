"""What an expression cannot determine itself: the time, random values, and the directory's default domain."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID


@dataclass(frozen=True)
class Context:
    """Frozen when a run is planned, so that the run sends what its plan shows.

    `now`: time of the plan, with a time zone.
    `seed`: secret bytes, because `RandomString` may be a password. Use 16 random bytes for each run.
    `references`: ids in the target by the objectId that a reference such as `manager` contains.
    """

    now: datetime
    seed: bytes
    default_domain: str = ""
    references: Mapping[str, str] = field(default_factory=dict)

    def of(self, *names: str) -> "Context":
        """The same context with its own random values, such as for one object or one mapping."""
        return replace(self, seed=self._digest("\0".join(names)))

    @property
    def utc(self) -> datetime:
        """The time of the plan in UTC, to the second."""
        return self.now.astimezone(UTC).replace(microsecond=0)

    def uuid(self, place: str) -> UUID:
        """A random UUID (version 4), the same at the same place."""
        return UUID(bytes=self._digest(place)[:16], version=4)

    def numbers(self, place: str) -> Iterator[int]:
        """Random integers of 64 bits, the same at the same place."""
        count = 0
        while True:
            digest = self._digest(f"{place}/{count}")
            for start in range(0, len(digest), 8):
                yield int.from_bytes(digest[start : start + 8])
            count += 1

    def _digest(self, name: str) -> bytes:
        return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self.seed[:64], digest_size=32).digest()
