"""Bar charts drawn by the server, without JavaScript."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

HEIGHT = 100
STEP = 10
GAP = 2
FOOT = 8
MOST_LABELS = 8
PARTS = 3
"""In a chart with a scale and many bars, the labels divide the chart into this many parts."""


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
        """The height of the failed part, from the foot of the bar; tall enough to be visible if anything failed."""
        if not self.failed:
            return 0
        return max(round(self.height * min(1, self.failed / self.value)) if self.value else 0, FOOT)

    @property
    def failed_y(self) -> int:
        return HEIGHT - self.failed_height


@dataclass(frozen=True, slots=True)
class Chart:
    """With `has_failed`, the bars also show how many of their values failed. `threshold` is a line across them.

    `top` is the value at the upper end of the scale next to the bars; 0 without a scale.
    """

    title: str
    bars: tuple[Bar, ...]
    has_failed: bool = False
    threshold: int = 0
    threshold_y: float = 0
    top: int = 0

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
    def middle(self) -> int:
        return self.top // 2

    @property
    def has_all_labels(self) -> bool:
        """Whether each bar has its label below it."""
        return len(self.bars) <= MOST_LABELS

    @property
    def labels(self) -> Sequence[str]:
        """The labels below the bars: all of a few, four if they can be evenly spread, otherwise the first and last."""
        last = len(self.bars) - 1
        step = 1 if self.has_all_labels else last // PARTS if self.top and last % PARTS == 0 else last
        return [bar.label for bar in self.bars[:: step or 1]]


def chart(title: str, values: Sequence[tuple[str, int]], *, at_least: int = 1, has_scale: bool = False) -> Chart:
    """One bar for each label and value. The highest fills the chart; a value above 0 is never invisible.

    The chart is tall enough for the value `at_least`. With a scale, its upper end is a round number.
    """
    most = max([at_least, *(value for _, value in values)])
    most = rounded_up(most) if has_scale else most
    bars = []
    for index, (label, value) in enumerate(values):
        height = max(round(HEIGHT * value / most), 1) if value else 0
        bars.append(Bar(label, value, STEP * index, HEIGHT - height, STEP - GAP, height))
    return Chart(title, tuple(bars), top=most if has_scale else 0)


def rounded_up(number: int) -> int:
    """Rounds up to an even digit followed by zeros, so that half of the result is round, too."""
    unit: int = 10 ** (len(str(number)) - 1)
    return next(digit * unit for digit in (2, 4, 6, 8, 10) if digit * unit >= number)


def chart_with_threshold(title: str, values: Sequence[tuple[str, int]], threshold: int) -> Chart:
    """Like `chart`, with a line at the threshold. The bars that reach it have the color of failures."""
    drawn = chart(title, values, at_least=threshold)
    bars = tuple(replace(bar, failed=bar.value if bar.value >= threshold else 0) for bar in drawn.bars)
    most = max(threshold, *(bar.value for bar in bars))
    return Chart(title, bars, threshold=threshold, threshold_y=round(HEIGHT * (1 - threshold / most), 1))


def chart_with_failed(title: str, values: Sequence[tuple[str, int, int]], *, has_scale: bool = False) -> Chart:
    """Like `chart`, for labels, values, and how many of each value failed."""
    drawn = chart(title, [(label, value) for label, value, _ in values], has_scale=has_scale)
    bars = tuple(replace(bar, failed=failed) for bar, (_, _, failed) in zip(drawn.bars, values, strict=True))
    return Chart(title, bars, has_failed=True, top=drawn.top)
