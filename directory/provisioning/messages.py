"""Messages about input that pages show in the reader's language.

This part of the directory does not depend on a framework, so a message keeps its text and its values apart: pages call
`message.translated(gettext)`, and all other code calls `str(message)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Union


@dataclass(frozen=True)
class Message:
    """A text with placeholders such as `%(name)s`, and the values for them. A value may be a message itself."""

    template: str
    values: Mapping[str, Union[str, int, "Message"]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.translated(lambda text: text)

    def translated(self, gettext: Callable[[str], str]) -> str:
        """The text in the language of `gettext`."""
        values = {
            name: value.translated(gettext) if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return gettext(self.template) % values if values else gettext(self.template)


def gettext_noop(text: str) -> str:
    """Mark a string for translation."""
    return text
