"""Tables: their columns, the orders in which they can be sorted, and the requested order."""

from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from controlhub.text.hyphens import hyphenated

Around = tuple[SafeString, SafeString]
"""The markup before and after the content of a cell."""


@dataclass(frozen=True, slots=True)
class Column:
    """`sort` is the field to order by, if the table can be sorted by this column.

    On a phone a row is a card: there each value has its column's label, unless `is_labelled` is false.
    """

    key: str
    label: str | Promise
    css: str = ""
    sort: str = ""
    is_row_header: bool = False
    is_labelled: bool = True
    is_label_shown: bool = True

    @property
    def unsortable(self) -> "Column":
        """The same column in a table that cannot be sorted by it."""
        return replace(self, sort="")

    def around(self, css: str) -> Around:
        """The markup before and after the content of a cell; a header cell if the column names the row."""
        name, role = ("th", "rowheader") if self.is_row_header else ("td", "cell")
        attributes = {"role": role, "class": f"{self.css} {css}".strip(), "scope": "row" if self.is_row_header else ""}
        attributes |= {"data-l": hyphenated(str(self.label)) if self.is_labelled else ""}
        shown = format_html_join("", ' {}="{}"', ((key, value) for key, value in attributes.items() if value))
        return format_html("<{}{}>", name, shown), format_html("</{}>", name)

    @property
    def header_css(self) -> str:
        return " ".join(name for name in self.css.split() if name.startswith(("hide-", "c-", "num")))


@dataclass(frozen=True, slots=True)
class Table:
    """`order` is the key of the column it is sorted by, with "-" in front for descending."""

    caption: str | Promise
    columns: tuple[Column, ...]
    css: str = ""
    order: str = ""
    written: dict[tuple[str, str, str], Around] = field(default_factory=dict, init=False, compare=False)

    def around(self, key: str, css: str) -> Around:
        """The markup before and after the content of each cell of this column, created once for each language."""
        wanted = (key, css, get_language() or "")
        if wanted not in self.written:
            self.written[wanted] = self.column(key).around(css)
        return self.written[wanted]

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    def without(self, *keys: str) -> "Table":
        return replace(self, columns=tuple(column for column in self.columns if column.key not in keys))

    def sorted_by(self, query: Any) -> "Table":
        """This table in the order that the query requests with `sort`; an unknown order changes nothing."""
        form = _SortForm(
            query, choices=[sign + column.key for column in self.columns if column.sort for sign in ("", "-")]
        )
        return replace(self, order=form.cleaned_data["sort"]) if form.is_valid() else self

    @property
    def ordering(self) -> str:
        """The argument of `order_by`."""
        sign = "-" if self.order.startswith("-") else ""
        return sign + self.column(self.order.removeprefix("-")).sort

    @property
    def headers(self) -> list["Header"]:
        return [Header(column, _direction(column, self.order)) for column in self.columns]


@dataclass(frozen=True, slots=True)
class Header:
    column: Column
    direction: str

    @property
    def next_order(self) -> str:
        """The order that a click on this header asks for."""
        return f"-{self.column.key}" if self.direction == "ascending" else self.column.key


class _SortForm(forms.Form):
    sort = forms.ChoiceField()

    def __init__(self, query: Any, *, choices: list[str]) -> None:
        super().__init__(query)
        self.fields["sort"].choices = [(key, key) for key in choices]  # type: ignore[attr-defined]


def _direction(column: Column, order: str) -> str:
    if order == column.key:
        return "ascending"
    return "descending" if order == f"-{column.key}" else ""
