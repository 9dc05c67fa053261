"""Texts that jobs store in English."""

import pytest
from django.utils.translation import override

from controlhub.text.stored_texts import MOST_CHARACTERS, shown_text
from controlhub.user_files.columns import NO_MANAGER

LONG = "x" * MOST_CHARACTERS


@pytest.mark.parametrize("value", ["zoe@example.com", "{text}", "two\nlines", "is not a valid email address."])
def test_values_are_kept_in_the_language_of_the_reader(value):
    with override("de"):
        found = shown_text(NO_MANAGER.format(name=value))
    assert found.startswith("Es gibt keinen Benutzer")
    assert value in found


@pytest.mark.parametrize("text", ["", "A receiver's own words", NO_MANAGER.format(name=LONG)])
def test_other_texts_are_returned_as_they_are(text):
    with override("de"):
        assert shown_text(text) == text
