"""Form fields that reject text that cannot be stored or would mislead its readers."""

import json
import unicodedata
from collections.abc import Sequence
from typing import Any, NoReturn
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.security.network_lists import NetworkListError, read_networks

NO_AUTOCOMPLETE = {"autocomplete": "off"}
MAX_DEPTH = 32
MAX_DIGITS = 20
MAX_NETWORKS_TEXT = 50_000
_MISLEADING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidirectional controls, which change the order in which text is displayed."""


def search_box(placeholder: str | Promise) -> forms.SearchInput:
    return forms.SearchInput(attrs={"placeholder": placeholder, **NO_AUTOCOMPLETE})


def text_box() -> forms.TextInput:
    """A text box without autofill, for text about other people."""
    return forms.TextInput(attrs=NO_AUTOCOMPLETE)


def set_choices(form: forms.Form, name: str, choices: Sequence[tuple[str, str | Promise]]) -> None:
    """Set the choices of a field at run time."""
    form.fields[name].choices = choices  # type: ignore[attr-defined]


class PlainTextField(forms.CharField):
    """One line of text without control and bidirectional characters."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if any(is_control(character) for character in value or ""):
            raise ValidationError(_("Remove control characters, line breaks and text direction marks."))


class JsonField(forms.CharField):
    """A JSON value that can be stored: no NUL, no unpaired surrogate, no NaN, at most MAX_DEPTH levels."""

    widget = forms.Textarea

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            found = json.loads(text, parse_constant=_refuse, parse_int=_whole_number, parse_float=_decimal)
            json.dumps(found, allow_nan=False)
        except RecursionError:
            raise ValidationError(
                _("This JSON is nested deeper than {MAX_DEPTH} levels.").format(MAX_DEPTH=MAX_DEPTH)
            ) from None
        except ValueError as error:
            raise ValidationError(_("This is not valid JSON: {error}.").format(error=error)) from None
        if depth_of(found) > MAX_DEPTH:
            raise ValidationError(_("This JSON is nested deeper than {MAX_DEPTH} levels.").format(MAX_DEPTH=MAX_DEPTH))
        if any(map(_is_unstorable, texts_of(found))):
            raise ValidationError(
                _("This JSON contains characters that cannot be stored: \\u0000 or unpaired surrogates.")
            )
        return found


class NetworksField(forms.CharField):
    """Networks, one per line or separated by commas or spaces; each mistake has its own error message."""

    def __init__(self, **kwargs: Any) -> None:
        box = forms.Textarea(attrs={"class": "mono", "rows": 6, "cols": False, "spellcheck": "false"})
        super().__init__(max_length=MAX_NETWORKS_TEXT, widget=box, **kwargs)

    def clean(self, value: Any) -> list[str]:
        try:
            return read_networks(str(super().clean(value)).replace(",", " ").split())
        except NetworkListError as error:
            raise ValidationError(list(error.problems)) from None


class IdsField(forms.TypedMultipleChoiceField):
    """Identifiers of rows, from check boxes. Values that are not UUIDs are ignored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, coerce=str, **kwargs)

    def clean(self, value: Any) -> list[UUID]:
        return [found for text in value or [] if (found := _uuid(text))]


def is_control(character: str) -> bool:
    return character in _MISLEADING or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def depth_of(value: Any) -> int:
    """The nesting depth of objects and arrays, computed without recursion."""
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def texts_of(value: Any) -> list[str]:
    """Every string in a JSON value, including the names of members."""
    found, left = [], [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            found += item
            left += item.values()
        elif isinstance(item, list):
            left += item
    return found


def _is_unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"the number {digits[:MAX_DIGITS]}… is too long")
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"the number {digits[:MAX_DIGITS]} is too large")
    return number


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
