"""The columns of the log: time and event always, and those that were chosen."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from controlhub.portal.tables import Column, Table

COMPACT = "compact"
CHOICES = {
    "activity": Column("activity", _("Activity and category"), css="c-act", is_labelled=False),
    "service": Column("service", _("Service"), css="c-serv"),
    "actor": Column("actor", _("Initiated by"), css="cut"),
    "target": Column("target", _("Target"), css="cut"),
    "method": Column("method", _("Method"), css="c-method"),
    "address": Column("address", _("IP address"), css="c-addr mono"),
    "request": Column("request", _("Request ID"), css="c-req mono cut"),
    "status": Column("status", _("Status"), css="c-out", is_labelled=False),
}
DEFAULT = ("activity", "status")
OF_SIGN_INS = ("method", "address", "status")
"""The default columns for sign-ins, where activity and category tell little: only sign-ins and sign-outs are listed."""
ALWAYS = (
    Column("date", _("Time"), css="c-time nowrap muted", is_labelled=False),
    Column("event", _("Event"), css="c-ev", is_row_header=True, is_labelled=False),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The keys of the chosen columns, and the row height."""

    columns: tuple[str, ...] = DEFAULT
    is_compact: bool = False

    def choices(self) -> list[tuple[Column, bool]]:
        """Every column and whether it is shown."""
        return [(column, key in self.columns) for key, column in CHOICES.items()]

    def table(self) -> Table:
        """The columns in their usual order."""
        chosen = tuple(column for key, column in CHOICES.items() if key in self.columns)
        css = f"audit list{' is-compact' * self.is_compact}"
        return Table(_("Audit events, newest first"), (*ALWAYS, *chosen), css=css)
