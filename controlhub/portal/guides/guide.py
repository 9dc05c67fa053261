"""The parts of a setup guide."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
READ = _("August 2026")
READ_LATER = _("November 2026")


@dataclass(frozen=True, slots=True)
class Source:
    """A page that the steps are based on, and when it was read."""

    title: str
    url: str
    read: Text = READ


@dataclass(frozen=True, slots=True)
class Guide:
    """`url_label` and `bearer_label` are the identity provider's names for the two values, translated if its page is.

    `mapping` has a row for each attribute: our name, theirs, and a note. `first` says what the first request is.
    `sources` lists the identity provider's own pages first; the title of any other page names its author.
    """

    url_label: Text
    bearer_label: Text
    steps: Sequence[Text]
    mapping: Sequence[tuple[str, str, Text]]
    first: Text
    sources: Sequence[Source]
    test: str = ""
