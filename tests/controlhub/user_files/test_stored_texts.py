"""Texts that jobs store in English and show in the reader's language."""

import ast
import inspect

import pytest
from django.utils.translation import override

from controlhub.text.stored_texts import MOST_CHARACTERS, shown_text
from controlhub.user_files.columns import NO_MANAGER
from scim.protocol import definition, validate

LONG = "x" * MOST_CHARACTERS


@pytest.mark.parametrize("value", ["zoe@example.com", "{text}", "two\nlines", "is not a valid email address."])
def test_values_are_kept_in_the_translated_text(value):
    with override("de"):
        found = shown_text(NO_MANAGER.format(name=value))
    assert found.startswith("Es gibt keinen Benutzer")
    assert value in found


@pytest.mark.parametrize("text", ["", "A receiver's own words", NO_MANAGER.format(name=LONG)])
def test_other_texts_are_returned_unchanged(text):
    with override("de"):
        assert shown_text(text) == text


def messages_of(module):
    """The messages that a protocol module raises or passes on, with "Zion" for each value."""
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        for text in call.args if isinstance(call, ast.Call) else ():
            parts = text.values if isinstance(text, ast.JoinedStr) else [text]
            found = "".join(str(part.value) if isinstance(part, ast.Constant) else "Zion" for part in parts)
            if found.endswith("."):
                yield found


@pytest.mark.parametrize("module", [validate, definition], ids=["values", "definitions"])
def test_every_protocol_error_is_shown_in_the_language_of_the_reader(module):
    found = set(messages_of(module))
    assert len(found) >= 20
    with override("de"):
        assert [text for text in found if shown_text(text) == text] == []
