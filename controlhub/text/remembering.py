"""Caches the results for text that a client chose."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

LONGEST = 128
"""The maximum length of text whose result is cached: well-behaved clients send short text."""

Text = TypeVar("Text", str, bytes)
Result = TypeVar("Result")


def remember(most: int) -> Callable[[Callable[[Text], Result]], Callable[[Text], Result]]:
    """Decorate a function of one string or bytes value: the results for the last `most` short values are cached.

    A longer value is computed each time. Otherwise a client could fill the memory with headers of 90 KB.
    """

    def decorate(function: Callable[[Text], Result]) -> Callable[[Text], Result]:
        remembered = lru_cache(maxsize=most)(function)

        @wraps(remembered)
        def result_of(text: Text) -> Result:
            return remembered(text) if len(text) <= LONGEST else function(text)

        return result_of

    return decorate
