"""Bar charts drawn by the server, without JavaScript."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

HEIGHT = 100
STEP = 10
GAP = 2
FOOT = 8


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
        """The part of the bar, from its foot, that stands for what failed; never invisible, whatever its value."""
        if not self.failed:
            return 0
        return max(round(self.height * min(1, self.failed / self.value)) if self.value else 0, FOOT)

    @property
    def failed_y(self) -> int:
        return HEIGHT - self.failed_height


@dataclass(frozen=True, slots=True)
class Chart:
    """With `has_failed`, the bars also show how many of their values failed. `threshold` is a line across them."""

    title: str
    bars: tuple[Bar, ...]
    has_failed: bool = False
    threshold: int = 0
    threshold_y: float = 0

    @property
    def is_empty(self) -> bool:
        return not any(bar.value for bar in self.bars)

    @property
    def most(self) -> int:
        return max(bar.value for bar in self.bars)

    @property
    def width(self) -> int:
        return STEP * len(self.bars)

    @property
    def first(self) -> Bar:
        return self.bars[0]

    @property
    def last(self) -> Bar:
        return self.bars[-1]


def chart(title: str, values: Sequence[tuple[str, int]], *, at_least: int = 1) -> Chart:
    """One bar for each label and value. The highest fills the chart; a value above 0 is never invisible.

    The chart is high enough for the value `at_least`.
    """
    most = max([at_least, *(value for _, value in values)])
    bars = []
    for index, (label, value) in enumerate(values):
        height = max(round(HEIGHT * value / most), 1) if value else 0
        bars.append(Bar(label, value, STEP * index, HEIGHT - height, STEP - GAP, height))
    return Chart(title, tuple(bars))


def chart_with_threshold(title: str, values: Sequence[tuple[str, int]], threshold: int) -> Chart:
    """The same, with a line at the threshold. The bars that reach it have the color of failures."""
    drawn = chart(title, values, at_least=threshold)
    bars = tuple(replace(bar, failed=bar.value if bar.value >= threshold else 0) for bar in drawn.bars)
    most = max(threshold, *(bar.value for bar in bars))
    return Chart(title, bars, threshold=threshold, threshold_y=round(HEIGHT * (1 - threshold / most), 1))


def chart_with_failed(title: str, values: Sequence[tuple[str, int, int]]) -> Chart:
    """The same, for labels, numbers, and how many of them failed."""
    drawn = chart(title, [(label, value) for label, value, _ in values])
    bars = tuple(replace(bar, failed=failed) for bar, (_, _, failed) in zip(drawn.bars, values, strict=True))
    return Chart(title, bars, has_failed=True)
