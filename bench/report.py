"""Tables and a plot of the measurements."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.measure import Result

HEAD = (
    "| workload | CPU-s/1000 | web | worker | database | × floor | target × floor | per second |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|"
)
TARGET_FLOOR = 0.35
"""The CPU seconds per 1,000 requests of the floor, on the machine on which the targets were set."""
TABLE_SIZE = 20_000
Curves = dict[str, dict[int, float]]
"""Maps workloads to sizes to CPU seconds per 1,000."""


def line(result: "Result") -> str:
    target, share = allowed(result), result.cpu / result.floor
    mark = " ✗" if target is not None and round(share, 1) > round(target, 1) else ""
    return (
        f"| {result.workload.name} | {result.cpu:.2f} | {result.web:.2f} | {result.worker:.2f} | {result.database:.2f} "
        f"| **{share:.1f}**{mark} | {'-' if target is None else f'{target:.1f}'} | {result.per_second:.0f} |"
    )


def allowed(result: "Result") -> float | None:
    """The target relative to the floor."""
    return None if result.workload.target is None else result.workload.target / TARGET_FLOOR


def floor_line(results: "list[Result]") -> str:
    costs = sorted(result.floor for result in results)
    middle = costs[len(costs) // 2]
    return f"| floor: a Django view, one SELECT (median) | {middle:.2f} | | | | **1.0** | | |"


def write(results: "list[Result]", page: Path) -> None:
    """Write the table for the usual size into the page. If there are several sizes, also write how the cost grows."""
    usual = [result for result in results if result.users == TABLE_SIZE]
    if usual:
        insert(page, "table", "\n".join([HEAD, floor_line(usual), *map(line, usual)]))
    users = curves(results, by_users)
    largest = max(result.users for result in results)
    groups = curves([result for result in results if result.users == largest], by_group)
    if any(len(sizes) > 1 for sizes in users.values()):
        insert(page, "users", growth(users))
    if any(len(sizes) > 1 for sizes in groups.values()):
        insert(page, "groups", growth(groups))
        plot(users, groups, page.parent / "images" / "growth.svg")


def by_users(result: "Result") -> tuple[str, int] | None:
    return None if result.workload.group else (result.workload.name, result.users)


def by_group(result: "Result") -> tuple[str, int] | None:
    size, (_, _, kind) = result.workload.group, result.workload.name.partition(": ")
    return (kind, size) if size else None


def curves(results: "list[Result]", place: "Callable[[Result], tuple[str, int] | None]") -> Curves:
    found: Curves = {}
    for result in results:
        if at := place(result):
            found.setdefault(at[0], {})[at[1]] = result.cpu
    return found


def growth(found: Curves) -> str:
    """The cost at each size, and at the largest size relative to the smallest."""
    sizes = sorted({size for costs in found.values() for size in costs})
    head = ["workload", *(f"{size:,}" for size in sizes), "largest ÷ smallest"]
    rows = []
    for name, costs in found.items():
        cells = [f"{costs[size]:.2f}" if size in costs else "" for size in sizes]
        ratio = costs[max(costs)] / costs[min(costs)] if len(costs) > 1 else None
        rows.append([name, *cells, f"**{ratio:.2f}**" if ratio else ""])
    rule = ["---", *("--:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def insert(page: Path, mark: str, text: str) -> None:
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(\n<!-- end -->)", re.DOTALL)
    page.write_text(pattern.sub(lambda found: found[1] + text + found[2], page.read_text()))


def plot(users: Curves, groups: Curves, image: Path) -> None:
    """Two panels: the cost of one more user, and of one more member."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "growth", "font.size": 8})
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(11, 6))
    for panel, found, label in zip(panels, (users, groups), ("users", "members of the group"), strict=True):
        panel.set_prop_cycle(color=mpl.colormaps["tab20"].colors)
        for name, costs in found.items():
            if len(costs) > 1:
                panel.plot(*zip(*sorted(costs.items()), strict=True), marker="o", markersize=3, label=name)
        panel.set(xscale="log", xlabel=label, ylabel="CPU seconds per 1,000 requests")
        panel.grid(alpha=0.3)
        panel.legend(fontsize=7, ncols=2, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.12))
    panels[1].set(yscale="log")
    panels[0].set_ylim(bottom=0)
    figure.tight_layout()
    figure.savefig(image, metadata={"Date": None})
