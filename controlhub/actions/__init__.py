"""The only code that writes: each function locks, checks, saves and records one change, in one transaction."""
