"""How much is too much from one address, on pages that are open to everybody."""

from datetime import timedelta

WINDOW = timedelta(minutes=15)
PER_CLIENT = 100
