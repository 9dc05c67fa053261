"""Marks the words of a search in its results."""

import re
import unicodedata
from collections.abc import Iterator

from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString


def marked(text: str, words: str) -> SafeString:
    """Returns the text with each occurrence of a word in a `mark` element, ignoring case and accents."""
    folded = [(character, number) for number, letter in enumerate(text) for character in _folded(letter)]
    search = "|".join(re.escape(_folded(word)) for word in sorted(words.split(), key=len, reverse=True))
    found = re.finditer(search, "".join(character for character, _ in folded)) if search else ()
    places = [(folded[match.start()][1], folded[match.end() - 1][1] + 1) for match in found if match.group()]
    return format_html_join("", "{}{}", _parts(text, places))


def _parts(text: str, places: list[tuple[int, int]]) -> Iterator[tuple[str, SafeString | str]]:
    end = 0
    for start, stop in places:
        if start < end:  # the second "s" of a "ß"
            continue
        yield text[end:start], SafeString(f"<mark>{conditional_escape(text[start:stop])}</mark>")
        end = stop
    yield text[end:], ""


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
