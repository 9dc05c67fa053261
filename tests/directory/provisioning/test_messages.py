"""Messages in another language, including those that contain another message."""

import pytest

from directory.provisioning.mapping import AttributeMapping, MappingError
from directory.provisioning.messages import Message

GERMAN = {
    "Line %(line)s, column %(column)s: %(message)s": "Zeile %(line)s, Spalte %(column)s: %(message)s",
    "The expression is empty. Enter a function.": "Der Ausdruck fehlt.",
}


def test_error_in_an_expression_is_translated_completely():
    with pytest.raises(MappingError) as raised:
        AttributeMapping.from_json({"target": "userName", "kind": "expression", "value": " "})
    message = raised.value.message
    assert message.translated(lambda text: GERMAN[text]) == "Zeile 1, Spalte 1: Der Ausdruck fehlt."
    assert str(message) == "Line 1, column 1: The expression is empty. Enter a function."


def test_value_with_a_percent_sign_is_shown_unchanged():
    assert str(Message("“%(value)s” is wrong.", {"value": "100%(x)s"})) == "“100%(x)s” is wrong."
    assert str(Message("100%")) == "100%"
