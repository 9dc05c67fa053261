"""Values in files that spreadsheet programs open."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell_text(value: object) -> str:
    """Returns the value as text that no spreadsheet program evaluates. A formula gets an apostrophe before it."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def guarded(text: str, *, is_plain: bool = False) -> str:
    """Returns the text with an apostrophe before it if a spreadsheet program would evaluate it.

    `unguarded` returns exactly this text. With `is_plain`, for cells whose type is text, another apostrophe is only
    added to text that already looks guarded.
    """
    needs = _looks_guarded(text) if is_plain else _is_risky(text)
    return f"'{text}" if needs else text


def unguarded(text: str) -> str:
    """Returns the text without the apostrophe of `guarded`. Other apostrophes are kept, as in 's-Hertogenbosch."""
    return text[1:] if _looks_guarded(text) else text


def _is_risky(text: str) -> bool:
    return text.lstrip(" ").startswith(FORMULA_STARTS) or _looks_guarded(text)


def _looks_guarded(text: str) -> bool:
    return text.startswith("'") and text.lstrip("'").lstrip(" ").startswith(FORMULA_STARTS)
