"""The columns of the list of users: all columns, and those that an administrator chose, in their order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from controlhub.portal.tables import Column, Table

COMPACT = "compact"
CHOICES = {
    "email": Column("email", _("Email"), css="c-mail cut", sort="email", is_labelled=False),
    "status": Column("status", _("Status"), css="c-stat", is_labelled=False),
    "role": Column("role", _("Admin role"), css="c-roles cut hide-lg"),
    "groups": Column("groups", _("Groups"), css="c-group hide-md"),
    "source": Column("source", _("Source, changed"), css="c-src hide-md"),
    "since": Column("since", _("Inactive since"), css="c-when nowrap muted"),
    "deletion": Column("deletion", _("Deletion date"), css="c-del nowrap", sort="deletion"),
    "created": Column("created", _("Created"), css="c-when nowrap muted", sort="created"),
}
DEFAULT = ("email", "status", "role", "groups", "source")
SELECT = Column("select", _("Select"), css="c-check", is_label_shown=False, is_labelled=False)
ACTIONS = Column("actions", _("Actions"), css="c-menu", is_label_shown=False, is_labelled=False)
NAME = Column("name", _("Name"), css="c-name", sort="name", is_row_header=True, is_labelled=False)


@dataclass(frozen=True, slots=True)
class ListLayout:
    """The layout of one administrator's list of users: the keys of its columns in their order, and the row height."""

    columns: tuple[str, ...] = DEFAULT
    is_compact: bool = False

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "ListLayout":
        """The layout that is stored with an account. Columns that no longer exist are left out."""
        columns = tuple(key for key in stored.get("columns", DEFAULT) if key in CHOICES)
        return cls(columns, stored.get("density") == COMPACT)

    def stored(self) -> dict[str, Any]:
        return {"columns": list(self.columns), "density": COMPACT if self.is_compact else ""}

    def choices(self) -> list[tuple[Column, bool]]:
        """Every column and whether it is shown: those that are shown first, in their order."""
        others = [key for key in CHOICES if key not in self.columns]
        return [(CHOICES[key], key in self.columns) for key in (*self.columns, *others)]

    def with_columns(self, columns: Sequence[str]) -> "ListLayout":
        """This layout with the columns of a view; unchanged if the view names none."""
        shown = tuple(key for key in columns if key in CHOICES)
        return ListLayout(shown, self.is_compact) if shown else self

    def moved(self, key: str, *, by: int) -> "ListLayout":
        """This layout with a shown column moved by this many places."""
        columns = list(self.columns)
        if key in columns:
            place = columns.index(key)
            columns.insert(min(max(0, place + by), len(columns) - 1), columns.pop(place))
        return ListLayout(tuple(columns), self.is_compact)

    def table(self, *, can_select: bool, sortable: Iterable[str], order: str) -> Table:
        """The table with these columns, in an order of `controlhub.user_lists`."""
        shown = [NAME, *(CHOICES[key] for key in self.columns)]
        first = [SELECT] if can_select else []
        known = set(sortable)
        columns = tuple(column if column.sort in known else column.unsortable for column in (*first, *shown, ACTIONS))
        return Table(_("Users"), columns, css=f"list people choose{' is-compact' * self.is_compact}", order=order)
