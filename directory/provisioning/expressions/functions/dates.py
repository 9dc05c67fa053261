"""Functions of dates: strings in UTC, `M/d/yyyy h:mm:ss tt`, or in one of the formats in `date_formats.KNOWN`."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from directory.provisioning.expressions.arguments import Arguments
from directory.provisioning.expressions.date_formats import FormatError, format_date, parse, parse_known
from directory.provisioning.expressions.signatures import Function, Kind, Parameter
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.values import Value

DATE_FORMAT = "M/d/yyyy h:mm:ss tt"
ISO_FORMAT = "yyyy-MM-dd'T'HH:mm:ss'Z'"
STYLES = frozenset(
    (
        *("None", "AllowLeadingWhite", "AllowTrailingWhite", "AllowInnerWhite", "AllowWhiteSpaces"),
        *("NoCurrentDateDefault", "AdjustToUniversal", "AssumeLocal", "AssumeUniversal", "RoundtripKind"),
    )
)
"""The names of .NET's DateTimeStyles. All dates are in UTC here, so they have no effect."""
SECONDS = {"ww": 604_800, "d": 86_400, "h": 3_600, "n": 60, "s": 1}
INTERVALS = ("yyyy", "m", "d", "ww", "h", "n", "s")
FILE_TIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TICKS = 10_000_000
"""The FILETIME ticks per second."""
_SEPARATOR = re.compile(r"[\s,|]+")


def cdate(arguments: Arguments) -> Value:
    return _text(_date(arguments, 0))


def now(arguments: Arguments) -> Value:
    return _text(arguments.context.utc)


def date_add(arguments: Arguments) -> Value:
    interval, value, date = _interval(arguments), arguments.number(1), _date(arguments, 2)
    if date is None:
        return None
    try:
        if interval in SECONDS:
            return _text(date + timedelta(seconds=value * SECONDS[interval]))
        return _text(_add_months(date, value * (12 if interval == "yyyy" else 1)))
    except (OverflowError, ValueError):
        arguments.fail(1, Message(gettext_noop("The year of the date is not between 1 and 9999.")))


def _add_months(date: datetime, months: int) -> datetime:
    """The same day of another month, or its last day; raises ValueError."""
    month = date.year * 12 + date.month - 1 + months
    if not 12 <= month < 120_000:
        raise ValueError
    year, index = divmod(month, 12)
    return date.replace(year=year, month=index + 1, day=min(date.day, monthrange(year, index + 1)[1]))


def date_diff(arguments: Arguments) -> Value:
    """As in Visual Basic: counts boundaries of years, months and weeks (from Sunday), and whole units of the rest."""
    interval, first, second = _interval(arguments), _date(arguments, 1), _date(arguments, 2)
    if first is None or second is None:
        return None
    if interval == "yyyy":
        return second.year - first.year
    if interval == "m":
        return (second.year - first.year) * 12 + second.month - first.month
    if interval == "ww":
        return (_week(second) - _week(first)) // 7
    seconds = int((second - first).total_seconds())
    return abs(seconds) // SECONDS[interval] * (1 if seconds >= 0 else -1)


def _week(date: datetime) -> int:
    """The ordinal of the Sunday that begins the week."""
    return date.toordinal() - date.isoweekday() % 7


def date_from_num(arguments: Arguments) -> Value:
    if arguments.value(0) in (None, ""):
        return None
    ticks = arguments.number(0)
    try:
        return _text(FILE_TIME_EPOCH + timedelta(seconds=ticks // _TICKS))
    except OverflowError:
        arguments.fail(0, Message(gettext_noop("The year of the date is not between 1 and 9999.")))


def num_from_date(arguments: Arguments) -> Value:
    date = _date(arguments, 0)
    if date is None:
        return None
    passed = date - FILE_TIME_EPOCH
    return (passed.days * 86_400 + passed.seconds) * _TICKS + passed.microseconds * 10


def format_date_time(arguments: Arguments) -> Value:
    source = arguments.text(0)
    _check_styles(arguments)
    if not source or not source.strip():
        return None
    try:
        date = parse(source, arguments.text(2) or "", arguments.context.utc)
    except FormatError:
        _fail_format(arguments, 2)
    if date is None:
        message = gettext_noop("“%(value)s” does not have the format %(format)s.")
        arguments.fail(0, Message(message, {"value": source[:100], "format": arguments.text(2) or ""}))
    try:
        return format_date(date, arguments.text(3) or "")
    except FormatError:
        _fail_format(arguments, 3)


def _check_styles(arguments: Arguments) -> None:
    styles = _SEPARATOR.split(arguments.text(1) or "None")
    unknown = [style for style in styles if style and style.removeprefix("DateTimeStyles.") not in STYLES]
    if unknown:
        message = gettext_noop("There is no style %(style)s. Leave the argument empty, or use AssumeUniversal.")
        arguments.fail(1, Message(message, {"style": unknown[0][:100]}))


def _fail_format(arguments: Arguments, index: int) -> NoReturn:
    message = gettext_noop("“%(format)s” is not a date format. Write one such as yyyy-MM-dd.")
    arguments.fail(index, Message(message, {"format": (arguments.text(index) or "")[:100]}))


def _interval(arguments: Arguments) -> str:
    interval = arguments.text(0) or ""
    if interval not in INTERVALS:
        message = gettext_noop("The interval must be one of %(intervals)s.")
        arguments.fail(0, Message(message, {"intervals": ", ".join(INTERVALS)}))
    return interval


def _date(arguments: Arguments, index: int) -> datetime | None:
    text = arguments.text(index)
    if text is None or not text.strip():
        return None
    date = parse_known(text, arguments.context.utc)
    if date is None:
        message = gettext_noop("“%(value)s” is not a date. Change its format with FormatDateTime first.")
        arguments.fail(index, Message(message, {"value": text[:100]}))
    return date


def _text(date: datetime | None) -> Value:
    return None if date is None else format_date(date, DATE_FORMAT)


_VALUE = Parameter("value", Kind.DATE)
FUNCTIONS = (
    Function("CDate", (Parameter("expression", Kind.DATE),), cdate, "CDate([employeeHireDate])"),
    Function(
        "DateAdd",
        (Parameter("interval"), Parameter("value", Kind.NUMBER), Parameter("dateTime", Kind.DATE)),
        date_add,
        'DateAdd("d", 7, CDate([employeeHireDate]))',
    ),
    Function(
        "DateDiff",
        (Parameter("interval"), Parameter("date1", Kind.DATE), Parameter("date2", Kind.DATE)),
        date_diff,
        'DateDiff("d", Now(), CDate([employeeHireDate]))',
    ),
    Function("DateFromNum", (_VALUE,), date_from_num, "DateFromNum(129699324000000000)"),
    Function(
        "FormatDateTime",
        (
            Parameter("source", Kind.DATE),
            Parameter("dateTimeStyles", is_required=False),
            Parameter("inputFormat"),
            Parameter("outputFormat"),
        ),
        format_date_time,
        'FormatDateTime([extensionAttribute1], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")',
    ),
    Function("Now", (), now, "Now()"),
    Function("NumFromDate", (_VALUE,), num_from_date, "NumFromDate([employeeHireDate])"),
)
