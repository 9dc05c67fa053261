"""A budget for work that grows faster than the length of a request."""

from scim.protocol.errors import InvalidValue

MAX_BODY = 8_388_608
"""Bytes of a request body."""
MAX_WORK = 1_000_000
"""Comparisons of elements of multi-valued attributes that all operations of one request may make."""
PER_ELEMENT = 10
"""Cost of an operation for each element besides its comparisons, in comparisons."""
PER_LOOK_UP = 5
"""Cost of looking an element up, in comparisons. The first look-up is part of PER_ELEMENT."""
MAX_KEYS = 10_000
"""Attributes in the values of operations without `path`, and of whole extensions: each is an operation of its own."""


class Work:
    """The work of one request; of a bulk request, that of all its operations."""

    def __init__(self) -> None:
        self.done = 0
        self.keys = 0

    def operate(self, keys: int) -> None:
        """Count attributes that one value sets; InvalidValue beyond MAX_KEYS."""
        self.keys += keys
        if self.keys > MAX_KEYS:
            raise InvalidValue(f"The operations of this request set more than {MAX_KEYS:,} attributes. Send fewer.")

    def look_at(self, elements: int, *, terms: int) -> None:
        """Count an operation that tests `elements` by `terms` comparisons each; InvalidValue beyond MAX_WORK."""
        self._count(elements * (terms + PER_ELEMENT))

    def look_up(self, elements: int, *, kinds: int) -> None:
        """Count look-ups of `elements` among values that name so many different sets of sub-attributes."""
        self._count(elements * (kinds - 1) * PER_LOOK_UP)

    def _count(self, comparisons: int) -> None:
        self.done += comparisons
        if self.done > MAX_WORK:
            raise InvalidValue(
                f"The operations of this request compare more than {MAX_WORK:,} values of multi-valued attributes. "
                "Send fewer operations with a filter in one request."
            )
