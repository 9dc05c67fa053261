"""Everything under `/users/`."""
