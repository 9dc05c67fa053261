"""Bar charts drawn by the server, without JavaScript."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

HEIGHT = 100
STEP = 10
GAP = 2
FOOT = 4


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: int
    x: int
    y: int
    width: int
    height: int
    failed: int = 0

    @property
    def failed_height(self) -> int:
        """The part of the bar, from its foot, that stands for what failed; never invisible."""
        return max(round(self.height * self.failed / self.value), FOOT) if self.failed and self.value else 0

    @property
    def failed_y(self) -> int:
        return HEIGHT - self.failed_height


@dataclass(frozen=True, slots=True)
class Chart:
    """With `has_failed`, the bars also show how many of their values failed."""

    title: str
    bars: tuple[Bar, ...]
    has_failed: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(bar.value for bar in self.bars)

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


def chart_with_failed(title: str, values: Sequence[tuple[str, int, int]]) -> Chart:
    """The same, for labels, numbers, and how many of them failed."""
    drawn = chart(title, [(label, value) for label, value, _ in values])
    bars = tuple(replace(bar, failed=failed) for bar, (_, _, failed) in zip(drawn.bars, values, strict=True))
    return Chart(title, bars, has_failed=True)
