"""Date formats of .NET: parsing and formatting in the invariant culture."""

from datetime import UTC, datetime

import pytest

from directory.provisioning.expressions.date_formats import STANDARD, FormatError, format_date, parse, parse_known

TODAY = datetime(2026, 11, 27, 8, 30, tzinfo=UTC)
DATE = datetime(2009, 6, 5, 13, 4, 7, 61_000, tzinfo=UTC)


# From Microsoft's "Custom date and time format strings".
@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ("d", "06/05/2009"),
        ("%d", "5"),
        ("dd ddd dddd", "05 Fri Friday"),
        ("%M MM MMM MMMM", "6 06 Jun June"),
        ("y yy yyy yyyy yyyyy", "9 09 2009 2009 02009"),
        ("h hh H HH", "1 01 13 13"),
        ("m mm s ss", "4 04 7 07"),
        ("f ff fff ffffff fffffff", "0 06 061 061000 0610000"),
        ("'F' F FF FFF FFFF", "F  06 061 061"),
        ("%t tt", "P PM"),
        ("z zz zzz %K", "+0 +00 +00:00 Z"),
        ("g gg", "A.D. A.D."),
        ("yyyy-MM-dd'T'HH:mm:ss'Z'", "2009-06-05T13:04:07Z"),
        ('"day" \\d', "day d"),
        ("O", "2009-06-05T13:04:07.0610000Z"),
        ("R", "Fri, 05 Jun 2009 13:04:07 GMT"),
    ],
)
def test_date_is_formatted(format_, expected):
    assert format_date(DATE, format_) == expected


@pytest.mark.parametrize("format_", sorted(STANDARD))
def test_standard_format_can_be_parsed_back(format_):
    date = parse(format_date(DATE, format_), format_, TODAY)
    assert date is not None
    assert format_date(date, format_) == format_date(DATE, format_)


@pytest.mark.parametrize(
    ("text", "format_", "expected"),
    [
        (" 2020-01-02 ", "yyyy-MM-dd", "2020-01-02T00:00:00Z"),
        ("1/2/20", "M/d/yy", "2020-01-02T00:00:00Z"),
        ("1/2/99", "M/d/yy", "1999-01-02T00:00:00Z"),
        ("12:30 AM", "hh:mm tt", "2026-01-01T00:30:00Z"),
        ("12:30 pm", "hh:mm tt", "2026-01-01T12:30:00Z"),
        ("2 mar 2020", "d MMM yyyy", "2020-03-02T00:00:00Z"),
        ("Monday, March 02, 2020", "dddd, MMMM dd, yyyy", "2020-03-02T00:00:00Z"),
        ("2020-01-01T00:30:00+01:00", "yyyy-MM-dd'T'HH:mm:ssK", "2019-12-31T23:30:00Z"),
        ("20200102030405.123-0200", "yyyyMMddHHmmss.fffzzz", "2020-01-02T05:04:05Z"),
    ],
)
def test_date_is_parsed(text, format_, expected):
    assert format_date(parse(text, format_, TODAY), "yyyy-MM-dd'T'HH:mm:ss'Z'") == expected


@pytest.mark.parametrize(
    ("text", "format_"),
    [
        ("2020-02-30", "yyyy-MM-dd"),
        ("2020-1-02", "yyyy-MM-dd"),
        ("2020-01-02x", "yyyy-MM-dd"),
        ("0000-01-01", "yyyy-MM-dd"),
        ("0001-01-01+14:00", "yyyy-MM-ddzzz"),
        ("2020-01-01+15:00", "yyyy-MM-ddzzz"),
        ("24:00", "HH:mm"),
        ("1" * 200, "yyyy"),
        ("٢٠٢٠", "yyyy"),
    ],
)
def test_other_text_is_not_a_date(text, format_):
    assert parse(text, format_, TODAY) is None


@pytest.mark.parametrize("format_", ["", "yyyy'", '"', "\\", "y" * 200])
def test_unknown_format_is_refused(format_):
    with pytest.raises(FormatError):
        parse("2020", format_, TODAY)


@pytest.mark.parametrize(
    "text", ["2020-03-16-07:00", "2020-03-16T07:00:00Z", "3/16/2020 7:00:00 AM", "20200316070000.0Z"]
)
def test_known_formats_are_equivalent(text):
    assert parse_known(text, TODAY) == datetime(2020, 3, 16, 7, tzinfo=UTC)
