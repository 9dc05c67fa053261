"""Soft hyphens for long words where there is little room, such as the narrow navigation.

`hyphens: auto` is not enough: a browser without a dictionary of the language breaks no word.
"""

SOFT_HYPHEN = "\N{SOFT HYPHEN}"
WORDS = (
    "Admini|strator|rollen",
    "Benutzer|administrator",
    "Bereit|stellungs|protokolle",
    "Unter|nehmens|anwen|dungen",
    "Über|wachungs|protokoll",
)
"""Long words of the navigation and of tables, in all languages, with the places where they can be broken."""
_HYPHENATED = {word.replace("|", ""): word.replace("|", SOFT_HYPHEN) for word in WORDS}


def hyphenated(text: str) -> str:
    """The text with soft hyphens in the words above; other words are unchanged."""
    return " ".join(_HYPHENATED.get(word, word) for word in text.split(" "))
