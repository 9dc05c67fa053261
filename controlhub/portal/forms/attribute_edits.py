"""The form for one attribute of a user: a value, or the elements of an attribute with several values."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from controlhub.portal.forms.fields import PlainTextField, search_box, text_box
from scim.protocol.schemas import Attribute, Json, Type
from scim.protocol.validate import MAX_STRING

SPARE = 2
MOST = 50
"""The maximum number of elements that can be edited; use SCIM for a user with more."""
LONG = {"formatted", "streetAddress"}
ELEMENT_LABELS = {
    "value": _("Value"),
    "type": _("Type"),
    "display": _("Label"),
    "primary": _("Primary"),
    "formatted": _("Whole address"),
    "streetAddress": _("Street"),
    "locality": _("City"),
    "region": _("Region"),
    "postalCode": _("Postal code"),
    "country": _("Country"),
}


class ProfileSearch(forms.Form):
    """Which attributes are shown. Invalid values are ignored."""

    q = forms.CharField(
        label=_("Find an attribute"), required=False, max_length=200, widget=search_box(_("Attribute or value"))
    )
    show = forms.CharField(required=False, max_length=20)

    @property
    def values(self) -> dict[str, str]:
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note for administrators"),
        required=False,
        max_length=4_000,
        help_text=_("Only administrators see it. SCIM clients do not. Leave it empty to remove the note."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AttributeForm(forms.Form):
    """The new value of one attribute, and a reason if `is_owned`.

    An attribute with several values has the fields `value-0`, `type-0` and so on, and some for new elements.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, attribute: Attribute, value: Json, is_owned: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attribute = attribute
        self.elements: list[Json] = value if isinstance(value, list) else []
        if attribute.multi_valued:
            self._add_elements()
        else:
            self.fields["value"] = _field(attribute, _("New value"), value)
        if is_owned:
            self.fields["reason"] = PlainTextField(
                label=_("Reason for the override"),
                max_length=500,
                help_text=_("It is recorded in the audit log. The directory replaces the value when it sends one."),
                widget=text_box(),
            )

    @property
    def parts(self) -> list[Attribute]:
        """The attributes that make up each element."""
        if not self.attribute.is_complex:
            return [self.attribute]
        return [sub for sub in self.attribute.sub_attributes if not sub.is_read_only and sub.name != "$ref"]

    def _add_elements(self) -> None:
        for number in range(min(len(self.elements), MOST) + SPARE):
            element = self.elements[number] if number < len(self.elements) else None
            for part in self.parts:
                inner = element.get(part.name) if isinstance(element, dict) else element
                self.fields[self._name(part, number)] = _field(part, self._label(part), inner)

    def _name(self, part: Attribute, number: int) -> str:
        return f"{part.name if self.attribute.is_complex else 'value'}-{number}"

    def _label(self, part: Attribute) -> Any:
        return ELEMENT_LABELS.get(part.name, part.name) if self.attribute.is_complex else ELEMENT_LABELS["value"]

    @property
    def groups(self) -> Iterator[list[BoundField]]:
        """The fields of each element."""
        for number in range(min(len(self.elements), MOST) + SPARE):
            yield [self[self._name(part, number)] for part in self.parts]

    @property
    def others(self) -> list[BoundField]:
        """The visible fields that do not belong to an element."""
        return [self[name] for name in ("value", "reason") if name in self.fields]

    @property
    def result(self) -> Json:
        """The value to store, or None if it is empty. Elements without any text are left out."""
        if not self.attribute.multi_valued:
            return _value(self.attribute, self.cleaned_data.get("value"))
        found = [self._element(number) for number in range(min(len(self.elements), MOST) + SPARE)]
        return [element for element in found if element not in (None, {})] or None

    def _element(self, number: int) -> Json:
        values = {part.name: self.cleaned_data.get(self._name(part, number)) for part in self.parts}
        if not self.attribute.is_complex:
            return _value(self.attribute, values[self.attribute.name])
        before = self.elements[number] if number < len(self.elements) else {}
        hidden = {key: kept for key, kept in before.items() if key not in values} if isinstance(before, dict) else {}
        element = {part.name: value for part in self.parts if (value := _value(part, values[part.name])) is not None}
        has_text = any(name not in {"type", "primary"} for name in element)
        return {**hidden, **element} if has_text else {}


def _field(attribute: Attribute, label: Any, initial: Json) -> forms.Field:
    if attribute.type is Type.BOOLEAN:
        choices = [("", _("Not set")), ("true", _("Yes")), ("false", _("No"))]
        shown = "" if initial is None else str(bool(initial)).lower()
        return forms.ChoiceField(label=label, required=False, choices=choices, initial=shown)
    if attribute.type is Type.INTEGER:
        return forms.IntegerField(label=label, required=False, initial=initial, min_value=-(2**53), max_value=2**53)
    if attribute.type is Type.DECIMAL:
        return forms.FloatField(label=label, required=False, initial=initial)
    if attribute.name in LONG:
        widget = forms.Textarea(attrs={"rows": 3})
        return forms.CharField(label=label, required=False, max_length=MAX_STRING, initial=initial, widget=widget)
    return PlainTextField(label=label, required=False, max_length=MAX_STRING, initial=initial, widget=text_box())


def _value(attribute: Attribute, typed: Any) -> Json:
    if typed is None or typed == "":
        return None
    return typed == "true" if attribute.type is Type.BOOLEAN else typed
