"""The form of a scoping filter: groups of clauses, at least one of which must match."""

import hashlib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import orjson
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from controlhub.portal.forms.fields import PlainTextField, text_box
from directory.portal.forms.mappings import Custom
from directory.provisioning.attributes import GROUP_ATTRIBUTES, USER_ATTRIBUTES, named
from directory.provisioning.plan import Kind
from directory.provisioning.scope import MAX_LENGTH, Operator, ScopeError, ScopingFilter

MOST_GROUPS = 10
MOST_CLAUSES = 10
"""The maximum number in the form; a larger filter can be imported from a file."""
EMPTY_CLAUSES = 2
"""The number of empty rows after those in use."""
OPERATORS = [(str(operator), str(operator)) for operator in Operator]
PARTS = ("attribute", "operator", "value")


class FilterForm(forms.Form):
    """The fields `g0_title`, `g0_attribute_0` and so on. `scope` is the filter, if it is valid."""

    version = forms.IntegerField(label=_lazy("Version"), widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, kind: Kind, custom: Custom, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.object_kind, self.custom = kind, custom
        for group in range(MOST_GROUPS):
            self.fields[f"g{group}_title"] = PlainTextField(
                label=_lazy("Filter title"), required=False, max_length=MAX_LENGTH, widget=text_box()
            )
            for clause in range(MOST_CLAUSES):
                self._add_clause(group, clause)

    @staticmethod
    def of(scope: ScopingFilter, version: int) -> dict[str, Any]:
        """The initial values."""
        values: dict[str, Any] = {"version": version}
        for index, group in enumerate(scope.groups[:MOST_GROUPS]):
            values[f"g{index}_title"] = group.name
            for place, clause in enumerate(group.clauses[:MOST_CLAUSES]):
                values |= {f"g{index}_{name}_{place}": value for name, value in clause.to_json().items()}
        return values

    @property
    def groups(self) -> list[tuple[forms.BoundField, list[list[forms.BoundField]]]]:
        """Title and rows of the groups in use and of an empty one."""
        used = [index for index in range(MOST_GROUPS) if self._used_clauses(index) or self._has(f"g{index}_title")]
        shown = min(MOST_GROUPS, max(used, default=-1) + 2)
        return [(self[f"g{index}_title"], self._rows(index)) for index in range(shown)]

    @property
    def sources(self) -> list[str]:
        """Attributes to choose from."""
        known = GROUP_ATTRIBUTES if self.object_kind is Kind.GROUP else USER_ATTRIBUTES
        return [name for name, attribute in known.items() if not attribute.multi_valued]

    @property
    def digest(self) -> str:
        """The digest of the filter, to check whether its effect was shown."""
        return hashlib.sha256(orjson.dumps(self.scope.to_json())).hexdigest()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            self._read(cleaned)
        return cleaned

    def _read(self, cleaned: dict[str, Any]) -> None:
        groups: list[dict[str, Any]] = []
        places: list[tuple[int, list[int]]] = []
        for group in range(MOST_GROUPS):
            used = self._used_clauses(group)
            clauses = [{part: cleaned[f"g{group}_{part}_{clause}"] for part in PARTS} for clause in used]
            for clause in clauses:
                clause["attribute"] = self._spelled(clause["attribute"])
            if clauses:
                groups.append({"name": cleaned[f"g{group}_title"], "clauses": clauses})
                places.append((group, used))
            elif cleaned[f"g{group}_title"]:
                self.add_error(f"g{group}_attribute_0", _("Choose an attribute."))
        try:
            self.scope = ScopingFilter.from_json({"groups": groups})
        except ScopeError as error:
            group, used = places[error.group or 0]
            field = f"g{group}_{error.field or 'attribute'}_{used[error.clause or 0]}"
            self.add_error(field, error.message.translated(_))
            return
        self._check_attributes(places)

    def _check_attributes(self, places: Iterable[tuple[int, list[int]]]) -> None:
        known = {*self.sources, *self.custom(self.scope.attributes)}
        for (group, used), found in zip(places, self.scope.groups, strict=True):
            for place, clause in zip(used, found.clauses, strict=True):
                if clause.attribute not in known:
                    text = _("There is no attribute {name}.").format(name=clause.attribute)
                    if close := get_close_matches(clause.attribute, self.sources, 1):
                        text = f"{text} {_('Did you mean {name}?').format(name=close[0])}"
                    self.add_error(f"g{group}_attribute_{place}", text)

    def _spelled(self, name: str) -> str:
        """Entra's spelling of an attribute's name; custom names are unchanged."""
        found = None if self.object_kind is Kind.GROUP else named(name.strip())
        return found.name if found else name.strip()

    def _used_clauses(self, group: int) -> list[int]:
        """The rows of a group with an attribute or a value."""
        return [
            clause
            for clause in range(MOST_CLAUSES)
            if self._has(f"g{group}_attribute_{clause}") or self._has(f"g{group}_value_{clause}")
        ]

    def _has(self, name: str) -> bool:
        value = self[name].value()
        return isinstance(value, str) and bool(value.strip())

    def _rows(self, group: int) -> list[list[forms.BoundField]]:
        last = max(self._used_clauses(group), default=-1)
        number = min(MOST_CLAUSES, last + 1 + EMPTY_CLAUSES)
        return [[self[f"g{group}_{part}_{clause}"] for part in PARTS] for clause in range(number)]

    def _add_clause(self, group: int, clause: int) -> None:
        self.fields[f"g{group}_attribute_{clause}"] = PlainTextField(
            label=_lazy("Attribute"),
            required=False,
            max_length=MAX_LENGTH,
            widget=forms.TextInput(attrs={"list": "sources", "autocomplete": "off", "spellcheck": "false"}),
        )
        self.fields[f"g{group}_operator_{clause}"] = forms.ChoiceField(
            label=_lazy("Operator"), choices=OPERATORS, required=False, initial=str(Operator.EQUALS)
        )
        self.fields[f"g{group}_value_{clause}"] = forms.CharField(
            label=_lazy("Value"), required=False, max_length=MAX_LENGTH, strip=False, widget=text_box()
        )


def is_editable(scope: ScopingFilter) -> bool:
    """Whether the form can show the whole filter."""
    return len(scope.groups) <= MOST_GROUPS and all(len(group.clauses) <= MOST_CLAUSES for group in scope.groups)
