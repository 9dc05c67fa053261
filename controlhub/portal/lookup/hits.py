"""The results of a search: lines, and sections of lines."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controlhub.models import User


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that leads to `url`. `person` is set for users: their status is shown."""

    title: str
    detail: str
    url: str
    icon: str
    person: "User | None" = None


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    label: str
    hits: list[Hit]
