"""Text that is stored in English, as jobs write it, and shown in the reader's language.

Text without values is looked up in the catalogue as it is. Text with values must be registered by `storable`, as SCIM
errors are.
"""

import re

from django.utils.translation import gettext

from controlhub.text.scim_texts import SCIM_ERRORS

_FORMS: dict[str, re.Pattern[str]] = {}
MOST_CHARACTERS = 2_000
"""Longer text is not compared with the patterns, which limits the time."""
_VALUE = re.compile(r"\\\{(\w+)\\\}")


def storable(text: str) -> str:
    """Register untranslated text with `{names}` of values, so that `shown_text` recognizes it. Returns the text."""
    _FORMS[text] = re.compile(_VALUE.sub(r"(?P<\1>.*)", re.escape(text)), re.DOTALL)
    return text


def shown_text(stored: str) -> str:
    """Returns stored text in the reader's language. Text that is not the product's own is returned unchanged."""
    for text, form in _FORMS.items():
        if len(stored) <= MOST_CHARACTERS and (found := form.fullmatch(stored)):
            return gettext(text).format(**found.groupdict())
    return gettext(stored) if stored else ""


for _text in SCIM_ERRORS:
    storable(_text)
