"""Bar charts that the server draws: geometry in, nothing to run in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100
STEP = 10
GAP = 2


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    bars: tuple[Bar, ...]

    @property
    def width(self) -> int:
        return STEP * len(self.bars)

    @property
    def first(self) -> Bar:
        return self.bars[0]

    @property
    def last(self) -> Bar:
        return self.bars[-1]


def chart(title: str, values: Sequence[tuple[str, int]]) -> Chart:
    """One bar for each label and value. The highest fills the chart; a value above 0 is never invisible."""
    most = max((value for _, value in values), default=0) or 1
    bars = []
    for index, (label, value) in enumerate(values):
        height = max(round(HEIGHT * value / most), 1) if value else 0
        bars.append(Bar(label, value, STEP * index, HEIGHT - height, STEP - GAP, height))
    return Chart(title, tuple(bars))
