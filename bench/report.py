"""Tables and plots from what was measured."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.measure import Result

HEAD = "| workload | CPU-s/1000 | web | database | target | per second |\n|---|--:|--:|--:|--:|--:|"
TABLE_SIZE = 20_000


def line(result: "Result") -> str:
    target = result.workload.target
    mark = " ✗" if target is not None and round(result.cpu, 2) > target else ""
    return (
        f"| {result.workload.name} | **{result.cpu:.2f}**{mark} | {result.web:.2f} | {result.database:.2f} "
        f"| {'-' if target is None else f'{target:g}'} | {result.per_second:.0f} |"
    )


def write(results: "list[Result]", page: Path) -> None:
    """Put the table of the usual size and, if there are several sizes, the plot into the page."""
    usual = [result for result in results if result.users == TABLE_SIZE] or results
    text = page.read_text()
    table = "\n".join([HEAD, *map(line, usual)])
    text = re.sub(r"(<!-- table -->\n).*?(\n<!-- end -->)", lambda m: m[1] + table + m[2], text, flags=re.DOTALL)
    page.write_text(text)
