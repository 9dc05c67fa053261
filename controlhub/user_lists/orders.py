"""Orders of lists of users. Each has an index over all users it is for (docs/user-lists.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Expression, F

from controlhub.models import Status
from controlhub.models.expressions import SHOWN_NAME_KEY
from controlhub.user_lists.criteria import DELETED, Criteria


@dataclass(frozen=True, slots=True)
class Order:
    """`name` is the value of `sort` without "-". Users with equal keys follow in the order of their creation."""

    name: str
    key: Expression | F
    is_descending: bool = False

    @property
    def reversed(self) -> "Order":
        return Order(self.name, self.key, not self.is_descending)

    @property
    def text(self) -> str:
        """The value of `sort` that means this order."""
        return f"-{self.name}" if self.is_descending else self.name


KEYS: Mapping[str, Expression | F] = {
    "name": SHOWN_NAME_KEY,
    "email": F("user_name_key"),
    "created": F("created_at"),
    "deletion": F("deactivated_at"),
}


OWN_ORDERS = frozenset({"deletion", "name"})
"""Orders with an index over just the Inactive users, and one over just the deleted ones."""


def orders_of(criteria: Criteria) -> tuple[str, ...]:
    """The names of the orders that these users have. Only Inactive users have a deletion date."""
    if criteria.tab or criteria.due or criteria.status == Status.INACTIVE:
        return tuple(KEYS)
    return tuple(name for name in KEYS if name != "deletion")


def order_of(sort: str, criteria: Criteria) -> Order:
    """The order that a value of `sort` means; the usual one of the tab if it means none."""
    name = sort.removeprefix("-")
    if criteria.due and name not in orders_of(criteria):
        return Order("deletion", KEYS["deletion"])
    if name not in orders_of(criteria):
        return Order("deletion", KEYS["deletion"], is_descending=True) if criteria.tab else Order("name", KEYS["name"])
    return Order(name, KEYS[name], sort.startswith("-"))


def has_index(order: Order, criteria: Criteria) -> bool:
    """Whether an index holds the users of the tab in this order, so that any number of them can be walked through."""
    if criteria.due:
        return False
    return not criteria.tab or (criteria.tab == DELETED and order.name in OWN_ORDERS)
