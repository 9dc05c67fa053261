"""Values in files that spreadsheet programs open."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell_text(value: object) -> str:
    """The value as text that no spreadsheet program takes for a formula: an apostrophe goes in front of one."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def guarded(text: str, *, is_plain: bool = False) -> str:
    """The text with an apostrophe in front where a spreadsheet program would calculate it.

    `unguarded` returns exactly this text. With `is_plain`, for cells that are text by their type, only a text that
    looks guarded already gets another apostrophe.
    """
    needs = _looks_guarded(text) if is_plain else _is_risky(text)
    return f"'{text}" if needs else text


def unguarded(text: str) -> str:
    """The text without the apostrophe of `guarded`. Other apostrophes stay, as in 's-Hertogenbosch."""
    return text[1:] if _looks_guarded(text) else text


def _is_risky(text: str) -> bool:
    return text.lstrip(" ").startswith(FORMULA_STARTS) or _looks_guarded(text)


def _looks_guarded(text: str) -> bool:
    return text.startswith("'") and text.lstrip("'").lstrip(" ").startswith(FORMULA_STARTS)
