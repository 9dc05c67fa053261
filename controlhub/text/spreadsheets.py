"""Values in files that spreadsheet programs open."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell_text(value: object) -> str:
    """The value as text that no spreadsheet program takes for a formula: an apostrophe goes in front of one."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text
