"""Soft hyphens for long words in places with little room, such as the narrow navigation.

`hyphens: auto` is not enough: a browser without a dictionary for the language breaks no words.
"""

SOFT_HYPHEN = "\N{SOFT HYPHEN}"
WORDS = (
    "Admini|strator|rollen",
    "Benutzer|administrator",
    "Bereit|stellungs|protokolle",
    "Unter|nehmens|anwen|dungen",
    "Über|wachungs|protokoll",
)
"""Long words of the navigation and of tables, in all languages, with the positions where they can be broken."""
_HYPHENATED = {word.replace("|", ""): word.replace("|", SOFT_HYPHEN) for word in WORDS}


def hyphenated(text: str) -> str:
    """Returns the text with soft hyphens in the words above. Other words are unchanged."""
    return " ".join(_HYPHENATED.get(word, word) for word in text.split(" "))
