"""Keys, sealed secrets, token secrets, limits, and requests to addresses that others name. Knows no table."""
