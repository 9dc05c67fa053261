"""The figures of an attack, their limits, and the table that shows both."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HEAD = "| attack | figure | limit | before | now |\n|---|---|--:|--:|--:|"
COLUMNS = ("before", "now")


@dataclass(frozen=True)
class Figure:
    """A measured value and its maximum. `is_timed`: other processes on the machine can affect it."""

    attack: str
    name: str
    value: float
    limit: float
    unit: str = ""
    is_timed: bool = False
    remark: str = ""
    is_refused: bool = False
    """The request was refused with an error whose `detail` names a limit. This counts as within the limit."""

    @property
    def is_reached(self) -> bool:
        return self.is_refused or self.value <= self.limit

    @property
    def shown(self) -> str:
        """The value, marked if it exceeds the limit."""
        refused = "refused, " if self.is_refused else ""
        return refused + self._with_unit(self.value) + ("" if self.is_reached else " ✗")

    @property
    def shown_limit(self) -> str:
        return self._with_unit(self.limit)

    def _with_unit(self, value: float) -> str:
        text = f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.2g}"
        return f"{text} {self.unit}".strip()


def line(figure: Figure) -> str:
    """One line of the output of a run."""
    remark = f" ({figure.remark})" if figure.remark else ""
    return f"| {figure.attack} | {figure.name} | {figure.shown_limit} | **{figure.shown}**{remark} |"


def write(figures: Iterable[Figure], page: Path, column: str) -> None:
    """Write the figures of complete attacks into one column of the page's table. Keep other columns and attacks.

    A row of one of these attacks without a new figure is removed, because the figure was renamed.
    """
    figures = list(figures)
    text = page.read_text()
    pattern = re.compile(r"(<!-- attacks -->\n)(.*?)(\n<!-- end -->)", re.DOTALL)
    found = pattern.search(text)
    if found is None:
        raise SystemExit(f"{page} has no place for the table: <!-- attacks --> … <!-- end -->")
    measured, names = {figure.attack for figure in figures}, {(figure.attack, figure.name) for figure in figures}
    rows = {key: cells for key, cells in _rows(found[2]).items() if key[0] not in measured or key in names}
    for figure in figures:
        cells = rows.setdefault((figure.attack, figure.name), {"limit": "", **dict.fromkeys(COLUMNS, "")})
        cells.update({"limit": figure.shown_limit, column: figure.shown})
    table = "\n".join([HEAD, *(_row(key, cells) for key, cells in sorted(rows.items(), key=lambda row: row[0][0]))])
    page.write_text(pattern.sub(lambda match: match[1] + table + match[3], text))


def _row(key: tuple[str, str], cells: dict[str, str]) -> str:
    return f"| {' | '.join([*key, cells['limit'], *(cells[column] for column in COLUMNS)])} |"


def _rows(table: str) -> dict[tuple[str, str], dict[str, str]]:
    rows = {}
    for text in table.splitlines()[2:]:
        attack, name, *cells = (cell.strip() for cell in text.strip().strip("|").split("|"))
        rows[attack, name] = dict(zip(("limit", *COLUMNS), cells, strict=True))
    return rows
