"""The database: its backend, clock, statements, transactions, outages, and whether it fits this release."""
