"""Texts that are stored in English, as jobs write them, and shown in the language of the reader.

A text without values is found in the catalogue as it is. A text with values must be noted by `storable`; errors of SCIM
are.
"""

import re

from django.utils.translation import gettext

from controlhub.text.scim_texts import SCIM_ERRORS

_FORMS: dict[str, re.Pattern[str]] = {}
MOST_CHARACTERS = 2_000
"""Longer texts are not compared with the forms, which bounds the time."""
_VALUE = re.compile(r"\\\{(\w+)\\\}")


def storable(text: str) -> str:
    """Note an untranslated text with `{names}` of values, so that `shown_text` recognizes it. Returns the text."""
    _FORMS[text] = re.compile(_VALUE.sub(r"(?P<\1>.*)", re.escape(text)), re.DOTALL)
    return text


def shown_text(stored: str) -> str:
    """A stored text in the reader's language; a text that is not the product's own is returned as it is."""
    for text, form in _FORMS.items():
        if len(stored) <= MOST_CHARACTERS and (found := form.fullmatch(stored)):
            return gettext(text).format(**found.groupdict())
    return gettext(stored) if stored else ""


for _text in SCIM_ERRORS:
    storable(_text)
