"""26. November 2026, 13:10."""

DATETIME_FORMAT = "j. F Y, H:i"
SHORT_DATE_FORMAT = "j. M Y"
MONTH_DAY_FORMAT = "j. M"
