"""Adding several people at once: table rows, pasted lines, and what all of the people get."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from controlhub.actions.added_people import MOST, Common
from controlhub.actions.invitations import Person
from controlhub.models import Organization, Permission, Role, User
from controlhub.portal.forms.fields import NO_AUTOCOMPLETE, PlainTextField, set_choices, text_box
from controlhub.portal.forms.joined_groups import JoinedGroupForm
from controlhub.portal.pasted_people import FIELDS, read_people
from controlhub.text.names import canonical_key

FIRST_ROWS = 5
MORE_ROWS = 5
LINES = "lines"
LABELS = {
    "address": gettext_lazy("Email address"),
    "given_name": gettext_lazy("First name"),
    "family_name": gettext_lazy("Last name"),
    "title": gettext_lazy("Title"),
}


class StepForm(forms.Form):
    """Which button was pressed, and how many rows the table has. Invalid values mean the defaults."""

    do = forms.ChoiceField(choices=[(one, one) for one in ("add", "valid", "more", "paste", "rest")], required=False)
    rows = forms.IntegerField(min_value=FIRST_ROWS, max_value=MOST, required=False)

    @property
    def asked(self) -> tuple[str, int]:
        self.is_valid()
        return self.cleaned_data.get("do") or "add", self.cleaned_data.get("rows") or FIRST_ROWS


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. `number` is the number that people see."""

    number: int
    fields: Mapping[str, forms.BoundField]

    @property
    def has_errors(self) -> bool:
        return any(field.errors for field in self.fields.values())


class PeopleForm(JoinedGroupForm):
    """`count` rows, of which blank ones are ignored; the roles that `by` covers, and groups if `by` may change them."""

    lines = forms.CharField(
        label=gettext_lazy("Lines from a spreadsheet"),
        required=False,
        max_length=50_000,
        strip=False,
        widget=forms.Textarea(attrs={**NO_AUTOCOMPLETE, "rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One person per line: email address, first name, last name, title. A first line may name the columns."
        ),
    )
    role = forms.TypedChoiceField(
        label=gettext_lazy("Administrator role"), required=False, coerce=Role, empty_value=None
    )
    invite = forms.BooleanField(
        label=gettext_lazy("Send invitations"),
        required=False,
        initial=True,
        help_text=gettext_lazy("If this is off, people stay Not verified until you send them an invitation."),
    )

    def __init__(self, data: Any = None, *, organization: Organization, by: Role, count: int, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.organization, self.count = organization, count
        self.people: dict[int, Person] = {}
        may_give = by.may(Permission.MANAGE_ROLES)
        covered = [(role.value, role.label) for role in Role if by.covers(role)] if may_give else []
        set_choices(self, "role", [("", gettext_lazy("None")), *covered])
        if not by.may(Permission.MANAGE_GROUPS):
            del self.fields["group"], self.fields["reason"]
        else:
            self.fields["group"].required = False
            self.fields["group"].help_text = gettext_lazy("The name of a group that all of them join, or its ID.")
        for number in range(count):
            self.fields.update(_row_fields(number))

    @property
    def rows(self) -> Iterator[Row]:
        for number in range(self.count):
            yield Row(number + 1, {name: self[f"r{number}-{name}"] for name in FIELDS})

    @property
    def common_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("role", "group", "reason", "invite") if name in self.fields]

    @property
    def has_row_errors(self) -> bool:
        return any(row.has_errors for row in self.rows)

    @property
    def has_other_errors(self) -> bool:
        return any(not _is_of_row(name) for name in self.errors)

    @property
    def common(self) -> Common:
        values = self.cleaned_data
        return Common(values.get("role"), self.found, values.get("reason", ""), values["invite"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("role") and not cleaned.get("invite"):
            self.add_error("invite", _("Administrators need the invitation, to choose a password."))
        self._read_rows()
        if not self.people and not self.errors:
            self.add_error("r0-address", _("Enter the email address of at least one person."))
        return cleaned

    def _read_rows(self) -> None:
        """Collect the people from the rows without errors."""
        first: dict[str, int] = {}
        for row in self.rows:
            values = {name: self.cleaned_data.get(field.name, "") for name, field in row.fields.items()}
            if row.has_errors or not any(values.values()):
                continue
            key = canonical_key(values["address"])
            if not values["address"]:
                self.add_error(f"r{row.number - 1}-address", _("Enter an email address."))
            elif key in first:
                text = _("Row {number} has the same address.").format(number=first[key])
                self.add_error(f"r{row.number - 1}-address", text)
            else:
                first[key] = row.number
                self.people[row.number - 1] = Person(**values)
        self._refuse_taken(first)

    def _refuse_taken(self, first: Mapping[str, int]) -> None:
        users = User.objects.in_organization(self.organization).filter(user_name_key__in=list(first))
        for key, name in users.values_list("user_name_key", "user_name"):
            del self.people[first[key] - 1]
            text = _("Another user has the userName {name}.").format(name=name)
            self.add_error(f"r{first[key] - 1}-address", text)


def typed_values(form: PeopleForm, data: Any) -> dict[str, Any]:
    """The values typed into a form, valid or not, by field name."""
    return {name: field.widget.value_from_datadict(data, {}, name) for name, field in form.fields.items()}


def with_pasted(values: dict[str, Any], organization: Organization, count: int) -> tuple[dict[str, Any], int]:
    """The values with the pasted lines in blank rows, and the number of rows. Lines that do not fit stay as text."""
    rows = [{name: values.get(f"r{number}-{name}") or "" for name in FIELDS} for number in range(count)]
    filled = [row for row in rows if any(row.values())]
    pasted = read_people(values.get(LINES) or "", organization)
    if not pasted:
        return values, count
    room = MOST - len(filled)
    filled += [{name: person.get(name, "") for name in FIELDS} for _line, person in pasted[:room]]
    rest = "\n".join(line for line, _person in pasted[room:])
    return {**without_rows(values), **row_values(filled), LINES: rest}, rows_for(len(filled), count)


def without_rows(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not _is_of_row(name)}


def row_values(rows: list[dict[str, str]]) -> dict[str, str]:
    """The values of these rows, by field name."""
    return {f"r{number}-{name}": text for number, row in enumerate(rows) for name, text in row.items()}


def rows_for(filled: int, count: int) -> int:
    """The number of rows in a table with this many people: no fewer than before."""
    return min(MOST, max(count, -(-filled // MORE_ROWS) * MORE_ROWS))


def _row_fields(number: int) -> dict[str, forms.Field]:
    prefix = f"r{number}-"
    return {
        f"{prefix}address": forms.EmailField(
            label=LABELS["address"], required=False, max_length=254, widget=forms.EmailInput(attrs=NO_AUTOCOMPLETE)
        ),
        **{
            f"{prefix}{name}": PlainTextField(label=LABELS[name], required=False, max_length=200, widget=text_box())
            for name in FIELDS[1:]
        },
    }


def _is_of_row(name: str) -> bool:
    head, dash, _field = name.partition("-")
    return bool(dash) and head[:1] == "r" and head[1:].isdigit()
