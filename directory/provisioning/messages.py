"""Messages about input that pages show in the reader's language.

This part of the directory knows no framework, so a message keeps its text and its values apart: a page writes
`gettext(message.template) % message.values`, and everything else `str(message)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """A text with places such as `%(name)s`, and the values for them."""

    template: str
    values: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % self.values if self.values else self.template


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogues."""
    return text
