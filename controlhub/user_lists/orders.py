"""Orders of lists of users. Each has an index on all users to which it applies (docs/user-lists.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Expression, F

from controlhub.models import Status
from controlhub.models.expressions import SHOWN_NAME_KEY
from controlhub.user_lists.criteria import DELETED, Criteria


@dataclass(frozen=True, slots=True)
class Order:
    """`name` is the value of `sort` without "-". Users with equal keys are in the order of creation."""

    name: str
    key: Expression | F
    is_descending: bool = False

    @property
    def reversed(self) -> "Order":
        return Order(self.name, self.key, not self.is_descending)

    @property
    def text(self) -> str:
        """The value of `sort` for this order."""
        return f"-{self.name}" if self.is_descending else self.name


KEYS: Mapping[str, Expression | F] = {
    "name": SHOWN_NAME_KEY,
    "email": F("user_name_key"),
    "created": F("created_at"),
    "deletion": F("deactivated_at"),
}


OWN_ORDERS = frozenset({"deletion", "name"})
"""Orders with an index on only the Inactive users, and one on only the deleted ones."""


def orders_of(criteria: Criteria) -> tuple[str, ...]:
    """Returns the names of the orders for these users. Only Inactive users have a deletion date."""
    if criteria.tab or criteria.due or criteria.status == Status.INACTIVE:
        return tuple(KEYS)
    return tuple(name for name in KEYS if name != "deletion")


def order_of(sort: str, criteria: Criteria) -> Order:
    """Returns the order for a value of `sort`, or the default of the tab if the value is not valid."""
    name = sort.removeprefix("-")
    if criteria.due and name not in orders_of(criteria):
        return Order("deletion", KEYS["deletion"])
    if name not in orders_of(criteria):
        return Order("deletion", KEYS["deletion"], is_descending=True) if criteria.tab else Order("name", KEYS["name"])
    return Order(name, KEYS[name], sort.startswith("-"))


def has_index(order: Order, criteria: Criteria) -> bool:
    """Whether an index contains the tab's users in this order, so that any number of them can be scanned."""
    if criteria.due:
        return False
    return not criteria.tab or (criteria.tab == DELETED and order.name in OWN_ORDERS)
