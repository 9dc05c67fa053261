"""A budget for work that can grow faster than the length of a request."""

from scim.protocol.errors import InvalidValue

MAX_BODY = 8_388_608
"""The maximum size of a request body in bytes."""
MAX_WORK = 1_000_000
"""The maximum number of comparisons with elements of multi-valued attributes in one request."""
PER_ELEMENT = 10
"""The cost of an operation per element in addition to its comparisons, measured in comparisons."""
PER_LOOK_UP = 5
"""The cost of a lookup of an element, measured in comparisons. PER_ELEMENT includes the first one."""
MAX_KEYS = 10_000
"""The maximum number of attributes in values without `path` and of whole extensions. Each is a separate operation."""


class Work:
    """The work of one request, or of all operations of a bulk request."""

    def __init__(self) -> None:
        self.done = 0
        self.keys = 0

    def operate(self, keys: int) -> None:
        """Count the attributes that one value sets. Raises InvalidValue beyond MAX_KEYS."""
        self.keys += keys
        if self.keys > MAX_KEYS:
            raise InvalidValue(f"The operations of this request set more than {MAX_KEYS:,} attributes. Send fewer.")

    def look_at(self, elements: int, *, terms: int) -> None:
        """Count an operation that compares `elements` `terms` times each. Raises InvalidValue beyond MAX_WORK."""
        self._count(elements * (terms + PER_ELEMENT))

    def look_up(self, elements: int, *, kinds: int) -> None:
        """Count lookups of `elements` among values with `kinds` different sets of sub-attributes."""
        self._count(elements * (kinds - 1) * PER_LOOK_UP)

    def _count(self, comparisons: int) -> None:
        self.done += comparisons
        if self.done > MAX_WORK:
            raise InvalidValue(
                f"The operations of this request compare more than {MAX_WORK:,} values of multi-valued attributes. "
                "Send fewer operations with a filter in one request."
            )
