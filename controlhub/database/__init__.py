"""The database: its backend, clock, timeouts, transactions and outages, and whether it fits this release."""
