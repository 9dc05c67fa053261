"""Forms of groups: the search, name and description, and the rule of a dynamic group."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from controlhub.portal.forms.fields import IdsField, PlainTextField, search_box, set_choices, text_box
from controlhub.portal.forms.filters import MAX_TEXT
from directory.actions.groups import MOST_CHARACTERS, MOST_IN_DESCRIPTION
from directory.models import Group, GroupKind
from directory.portal.attribute_names import CONTACT, IDENTITY, JOB
from directory.provisioning.attributes import named
from directory.provisioning.scope import MAX_LENGTH, Operator, ScopeError, ScopingFilter

EMPTY_ROWS = 3
"""The number of empty rows of the rule's form after those in use."""
MOST_ROWS = 10
"""The maximum number of conditions in the form; rules with more, or with several groups, cannot be edited here."""


class GroupSearch(forms.Form):
    """The filters of the list of groups. An invalid value means no filter."""

    q = forms.CharField(
        label=_lazy("Search groups"),
        required=False,
        max_length=MAX_TEXT,
        widget=search_box(_lazy("Group name or object ID")),
    )
    kind = forms.ChoiceField(
        label=_lazy("Membership"), required=False, choices=[("", _lazy("Any")), *GroupKind.choices]
    )

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value.strip() for name, value in self.cleaned_data.items() if value and value.strip()}


class GroupForm(forms.Form):
    name = PlainTextField(label=_lazy("Name"), max_length=MOST_CHARACTERS, widget=text_box())
    description = forms.CharField(
        label=_lazy("Description"),
        required=False,
        max_length=MOST_IN_DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3, "cols": False}),
    )


class PickerSearch(forms.Form):
    """The search for people and groups to add."""

    q = forms.CharField(
        label=_lazy("Search people and groups"),
        required=False,
        max_length=MAX_TEXT,
        widget=search_box(_lazy("Name, user principal name or object ID")),
    )

    @property
    def text(self) -> str:
        return self.cleaned_data["q"].strip() if self.is_valid() else ""


class MembersForm(forms.Form):
    """Which people and groups to add or remove."""

    ids = IdsField()


class RuleForm(forms.Form):
    """Conditions that must all match, one in each row. `rule` has no groups if all rows are empty."""

    def __init__(self, data: Any = None, *, group: Group) -> None:
        super().__init__(data)
        clauses = _clauses(group.rule)
        self.number = min(MOST_ROWS, len(clauses) + EMPTY_ROWS)
        for row in range(self.number):
            clause = clauses[row] if row < len(clauses) else {}
            self._add_row(row, clause)

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{name}_{row}"] for name in ("attribute", "operator", "value")] for row in range(self.number)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        clauses, places = [], []
        for row in range(self.number):
            clause = {name: cleaned[f"{name}_{row}"] for name in ("attribute", "operator", "value")}
            if clause["attribute"] or clause["value"]:
                clause["attribute"] = _known(clause["attribute"])
                clauses.append(clause)
                places.append(row)
        try:
            self.rule = ScopingFilter.from_json({"groups": [{"clauses": clauses}] if clauses else []})
        except ScopeError as error:
            row = places[error.clause] if error.clause is not None else 0
            message = _(error.message.template)
            text = message % error.message.values if error.message.values else message
            self.add_error(f"{error.field or 'attribute'}_{row}", text)
        return cleaned

    def _add_row(self, row: int, clause: dict[str, str]) -> None:
        names = {**IDENTITY, **JOB, **CONTACT, "accountEnabled": _lazy("Account enabled")}
        attribute = forms.CharField(
            label=_lazy("Attribute"),
            required=False,
            max_length=MAX_LENGTH,
            initial=clause.get("attribute", ""),
            widget=forms.TextInput(attrs={"list": "attributes", "autocomplete": "off"}),
        )
        self.names = names
        self.fields[f"attribute_{row}"] = attribute
        self.fields[f"operator_{row}"] = forms.ChoiceField(
            label=_lazy("Operator"), initial=clause.get("operator", str(Operator.EQUALS)), required=False
        )
        set_choices(self, f"operator_{row}", [(str(operator), str(operator)) for operator in Operator])
        self.fields[f"value_{row}"] = forms.CharField(
            label=_lazy("Value"),
            required=False,
            max_length=MAX_LENGTH,
            initial=clause.get("value", ""),
            widget=text_box(),
        )


def is_editable(group: Group) -> bool:
    """Whether the form can show the whole rule."""
    groups = group.rule.get("groups", [])
    return len(groups) <= 1 and len(_clauses(group.rule)) <= MOST_ROWS


def _clauses(rule: dict[str, Any]) -> list[dict[str, str]]:
    return [clause for group in rule.get("groups", []) for clause in group["clauses"]]


def _known(name: str) -> str:
    """Entra's spelling of an attribute's name; custom names are unchanged."""
    found = named(name.strip())
    return found.name if found else name.strip()
