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
    """A page that the steps come from, and when it was read."""

    title: str
    url: str
    read: Text = READ


@dataclass(frozen=True, slots=True)
class Guide:
    """`url_label` and `bearer_label` are the names that the identity provider's page gives to the two values; they are
    translated where that page is.

    `mapping` has a row for each attribute: ours, theirs, a note. `first` says what the first request is.
    `sources` are the identity provider's own pages; those of others follow, and their titles say so.
    """

    url_label: Text
    bearer_label: Text
    steps: Sequence[Text]
    mapping: Sequence[tuple[str, str, Text]]
    first: Text
    sources: Sequence[Source]
    test: str = ""
