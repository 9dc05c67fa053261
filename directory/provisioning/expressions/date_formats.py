"""Dates in the format strings of .NET, in the invariant culture and in UTC.

Source: Microsoft, "Custom date and time format strings" and "Standard date and time format strings".
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

MAX_LENGTH = 100
"""The maximum number of characters of a date or a format."""
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STANDARD = {
    **dict.fromkeys("d", "MM/dd/yyyy"),
    **dict.fromkeys("D", "dddd, dd MMMM yyyy"),
    **dict.fromkeys("f", "dddd, dd MMMM yyyy HH:mm"),
    **dict.fromkeys("FU", "dddd, dd MMMM yyyy HH:mm:ss"),
    **dict.fromkeys("g", "MM/dd/yyyy HH:mm"),
    **dict.fromkeys("G", "MM/dd/yyyy HH:mm:ss"),
    **dict.fromkeys("Mm", "MMMM dd"),
    **dict.fromkeys("Oo", "yyyy-MM-dd'T'HH:mm:ss.fffffffK"),
    **dict.fromkeys("Rr", "ddd, dd MMM yyyy HH:mm:ss 'GMT'"),
    **dict.fromkeys("s", "yyyy-MM-dd'T'HH:mm:ss"),
    **dict.fromkeys("t", "HH:mm"),
    **dict.fromkeys("T", "HH:mm:ss"),
    **dict.fromkeys("u", "yyyy-MM-dd HH:mm:ss'Z'"),
    **dict.fromkeys("Yy", "yyyy MMMM"),
}
"""The standard formats, which are single letters."""
KNOWN = (
    *("yyyy-MM-ddzzz", "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"),
    *("yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK"),
    *("M/d/yyyy h:mm:ss tt", "M/d/yyyy h:mm tt", "M/d/yyyy H:mm:ss", "M/d/yyyy H:mm", "M/d/yyyy"),
    *("yyyyMMddHHmmss.FFFFFFFK", "yyyyMMddHHmmssK", "yyyyMMdd", "R"),
)
"""The formats that functions recognize without being given one."""
_PART = re.compile(
    r"(?P<field>d+|f+|F+|g+|h+|H+|K|m+|M+|s+|t+|y+|z+)|'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\"|\\(?P<char>.)", re.DOTALL
)
_OFFSET = re.compile(r"([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.ASCII)
_FIGURES = re.compile(r"[0-9]+", re.ASCII)


class FormatError(ValueError):
    """A format that .NET does not support."""


@dataclass
class _Found:
    """The values that were read from a string so far."""

    text: str
    position: int = 0
    numbers: dict[str, int] = field(default_factory=dict)

    def literal(self, expected: str) -> bool:
        if self.text.startswith(expected, self.position):
            self.position += len(expected)
            return True
        return False

    def figures(self, least: int, most: int) -> str | None:
        match = _FIGURES.match(self.text, self.position, min(self.position + most, len(self.text)))
        if match is None or len(match[0]) < least:
            return None
        self.position = match.end()
        return match[0]

    def name(self, names: tuple[str, ...], length: int | None) -> int | None:
        """The number of the name at this position, from 1; with `length`, names are shortened to this many letters."""
        for number, name in enumerate(names, 1):
            sought = name[:length]
            if self.text[self.position : self.position + len(sought)].lower() == sought.lower():
                self.position += len(sought)
                return number
        return None


@lru_cache(maxsize=256)
def parts_of(format_: str) -> tuple[tuple[str, bool], ...]:
    """The parts of a format, each with whether it is a field; raises FormatError."""
    format_ = STANDARD.get(format_, format_) if len(format_) == 1 else format_
    if not format_ or len(format_) > MAX_LENGTH:
        raise FormatError
    parts: list[tuple[str, bool]] = []
    position = 0
    while position < len(format_):
        if match := _PART.match(format_, position):
            literal = next((text for text in (match["one"], match["two"], match["char"]) if text is not None), None)
            parts.append((match["field"], True) if match["field"] else (literal or "", False))
            position = match.end()
            continue
        if format_[position] in "'\"\\":
            raise FormatError
        if format_[position] != "%":
            parts.append((format_[position], False))
        position += 1
    return tuple(parts)


def parse_known(text: str, today: datetime) -> datetime | None:
    """A date in one of the known formats, in UTC; None if it has another format."""
    return next((found for each in KNOWN if (found := parse(text, each, today)) is not None), None)


def parse(text: str, format_: str, today: datetime) -> datetime | None:
    """A date in a format, in UTC; None if the string does not match it. A missing year is that of `today`."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    found = _Found(text)
    for part, is_field in parts_of(format_):
        if not (_read(found, part) if is_field else found.literal(part)):
            return None
    return _date(found.numbers, today) if found.position == len(text) else None


def _read(found: _Found, part: str) -> bool:
    """Read one field; returns False if the string does not have it."""
    letter, length = part[0], len(part)
    match letter:
        case "M" if length > 2:
            return _keep(found, "M", found.name(MONTHS, 3 if length == 3 else None))
        case "d" if length > 2:
            return found.name(DAYS, 3 if length == 3 else None) is not None
        case "d" | "M" | "h" | "H" | "m" | "s":
            return _keep(found, letter, _number(found.figures(min(length, 2), 2)))
        case "y":
            return _read_year(found, length)
        case "f" | "F":
            figures = found.figures(length if letter == "f" else 0, length)
            return _keep(found, "f", int(figures.ljust(7, "0")[:7])) if figures else letter == "F"
        case "t":
            return _keep(found, "t", found.name(("AM", "PM"), 1 if length == 1 else None))
        case "g":
            return found.literal("A.D.")
        case _:
            return _read_offset(found, letter)


def _read_year(found: _Found, length: int) -> bool:
    figures = found.figures(length if length <= 4 else 4, 2 if length <= 2 else 4)
    if figures is None:
        return False
    year = int(figures)
    return _keep(found, "y", year + (2000 if year < 50 else 1900) if length <= 2 else year)


def _read_offset(found: _Found, letter: str) -> bool:
    if found.literal("Z"):
        return _keep(found, "z", 0)
    match = _OFFSET.match(found.text, found.position)
    if match is None:
        return letter == "K"
    found.position = match.end()
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return minutes <= 14 * 60 and _keep(found, "z", -minutes if match[1] == "-" else minutes)


def _number(figures: str | None) -> int | None:
    return None if figures is None else int(figures)


def _keep(found: _Found, letter: str, number: int | None) -> bool:
    if number is None:
        return False
    found.numbers[letter] = number
    return True


def _date(numbers: dict[str, int], today: datetime) -> datetime | None:
    hour = numbers.get("H", numbers.get("h", 0))
    if "t" in numbers and "H" not in numbers:
        hour = hour % 12 + (12 if numbers["t"] == 2 else 0)
    try:
        local = datetime(
            numbers.get("y", today.year),
            numbers.get("M", 1),
            numbers.get("d", 1),
            hour,
            numbers.get("m", 0),
            numbers.get("s", 0),
            numbers.get("f", 0) // 10,
            tzinfo=UTC,
        )
        return local - timedelta(minutes=numbers.get("z", 0))
    except (ValueError, OverflowError):
        return None


def format_date(date: datetime, format_: str) -> str:
    """A date in UTC as a string; raises FormatError."""
    return "".join(_written(date, part) if is_field else part for part, is_field in parts_of(format_))


def _written(date: datetime, part: str) -> str:
    letter, length = part[0], len(part)
    match letter:
        case "M" if length > 2:
            return MONTHS[date.month - 1][: 3 if length == 3 else None]
        case "d" if length > 2:
            return DAYS[date.weekday()][: 3 if length == 3 else None]
        case "y":
            return f"{date.year % 100 if length <= 2 else date.year:0{length}}"
        case "f" | "F":
            figures = f"{date.microsecond:06}0"[:length]
            return figures if letter == "f" else figures.rstrip("0")
        case "t":
            return ("AM", "PM")[date.hour >= 12][: 1 if length == 1 else None]
        case "g":
            return "A.D."
        case "K":
            return "Z"
        case "z":
            return {1: "+0", 2: "+00"}.get(length, "+00:00")
    hour = date.hour % 12 or 12
    number = {"d": date.day, "M": date.month, "h": hour, "H": date.hour, "m": date.minute, "s": date.second}[letter]
    return f"{number:0{min(length, 2)}}"
