"""The only writers of the directory: each checks, saves and records one change in one transaction."""
