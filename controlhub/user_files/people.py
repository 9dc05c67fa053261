"""Managers by name: files refer to them by userName, documents by id."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from controlhub.models import Organization, User
from controlhub.text.names import canonical_key


class People:
    """The users to which rows refer. `load_ids` and `load_names` look up many at once."""

    def __init__(self, organization: Organization) -> None:
        self._users = User.objects.in_organization(organization).filter(hidden=False)
        self._names: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def load_ids(self, ids: Iterable[str]) -> None:
        wanted = [UUID(value) for value in set(ids) if is_id(value)]
        for pk, name in self._users.filter(pk__in=wanted).values_list("pk", "user_name"):
            self._names[str(pk)] = name

    def load_names(self, names: Iterable[str], planned: Mapping[str, UUID] | None = None) -> None:
        """Look up userNames. `planned` has users who do not exist yet, by the key of their userName."""
        keys = {canonical_key(name) for name in names}
        self._ids.update((key, str(pk)) for key, pk in (planned or {}).items())
        found = self._users.filter(user_name_key__in=keys).values_list("user_name_key", "pk")
        self._ids.update((key, str(pk)) for key, pk in found)

    def name_of(self, value: object) -> str | None:
        """Returns the userName of the user with this id, or None."""
        return self._names.get(value) if isinstance(value, str) else None

    def id_of(self, name: str) -> str | None:
        """Returns the id of the user with this userName, or None."""
        return self._ids.get(canonical_key(name))


def is_id(value: object) -> bool:
    """Whether the value is a UUID in its usual form."""
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False
