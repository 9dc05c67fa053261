"""Django's PostgreSQL backend with bounded waits (docs/decisions/0035)."""
