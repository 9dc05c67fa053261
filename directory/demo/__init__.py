"""A directory of invented people, for `make demo`."""
