"""The only code that writes to the directory: each action checks, saves and records one change in one transaction."""
