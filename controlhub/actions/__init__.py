"""The only writers: each function locks, checks, saves and records one change, in one transaction."""
