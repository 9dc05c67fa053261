"""Remembering what follows from a text that a client chose."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

LONGEST = 128
"""Characters, or bytes, of a text whose result is remembered: clients that mean well send short ones."""

Text = TypeVar("Text", str, bytes)
Result = TypeVar("Result")


def remember(most: int) -> Callable[[Callable[[Text], Result]], Callable[[Text], Result]]:
    """Decorate a function of one text: the results for the `most` last short texts are remembered.

    A longer text is computed each time. Otherwise a client could fill the memory with headers of 90 KB.
    """

    def decorate(function: Callable[[Text], Result]) -> Callable[[Text], Result]:
        remembered = lru_cache(maxsize=most)(function)

        @wraps(remembered)
        def result_of(text: Text) -> Result:
            return remembered(text) if len(text) <= LONGEST else function(text)

        return result_of

    return decorate
