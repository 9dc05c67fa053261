"""Compares rows with the people that they are about. Used by the check and the import; nothing is written."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from controlhub.errors import DomainError
from controlhub.text.names import canonical_key
from controlhub.text.stored_texts import storable
from controlhub.user_files.cells import Word, read
from controlhub.user_files.comparing import EMPTY_KEY, SAME_KEY, TOO_MANY_CELLS
from directory.actions.attributes import clean
from directory.actions.names import UPN
from directory.actions.people import assign_values
from directory.models import PeopleImport, Person, PersonRow
from directory.models.imports import ROWS
from directory.provisioning.attributes import named

MANAGER = "manager"
SHOWN = 500
"""The maximum number of characters of a value that a page shows."""
SEPARATOR = ";"
"""Separates several values in a cell."""
Entry = list[str]
UNKNOWN_MANAGER = storable(gettext_noop("No user of this directory or this file has the user principal name {name}."))


@dataclass(slots=True)
class Comparison:
    """`values` are for an action. `changes` are column, before, after; `problems` are column, value, reason.

    With `waits`, the manager is in the file, but not yet in the directory.
    """

    values: dict[str, Any] = field(default_factory=dict)
    changes: list[Entry] = field(default_factory=list)
    problems: list[Entry] = field(default_factory=list)
    waits: bool = False


class Portion:
    """Some rows of an import, with the people and managers that they name, read in a few queries."""

    def __init__(self, people_import: PeopleImport, rows: Sequence[PersonRow]) -> None:
        self.people_import = people_import
        people = Person.objects.in_organization(people_import.organization).current()
        wanted = people.filter(upn_key__in={row.key for row in rows if row.key})
        self.people = {one.upn_key: one for one in wanted.select_related("organization", MANAGER)}
        self._first = ROWS.first_numbers(people_import.pk, {row.key for row in rows})
        keys = {canonical_key(text) for row in rows if (text := manager_of(people_import, row))}
        self.managers: dict[str, UUID] = dict(people.filter(upn_key__in=keys).values_list("upn_key", "pk"))
        self._in_file = set(ROWS.first_numbers(people_import.pk, keys - set(self.managers)))

    def compare(self, row: PersonRow) -> Comparison:
        """The changes that the row makes, and its problems."""
        found, person = Comparison(), self.people.get(row.key)
        header = self.people_import.header
        if len(row.cells) > len(header):
            found.problems.append(["", "", _(TOO_MANY_CELLS).format(cells=len(row.cells), columns=len(header))])
        for name, cell in zip(header, row.cells, strict=False):
            self._read(name, cell, row, found)
        self._require_alone(row, found)
        if not found.problems:
            self._try(person, row, found)
        return found

    def _read(self, name: str, cell: str, row: PersonRow, found: Comparison) -> None:
        word = read(cell)
        if word is Word.BLANK:
            return
        try:
            if name == MANAGER:
                self._set_manager(word, row, found)
            else:
                found.values |= clean({name: _value(name, word)})
        except DomainError as error:
            found.problems.append([name, cell.strip()[:SHOWN], error.message])

    def _set_manager(self, word: str | Word, row: PersonRow, found: Comparison) -> None:
        if not isinstance(word, str):
            found.values[MANAGER] = None
            return
        key = canonical_key(word)
        if key == row.key:
            raise DomainError(_("The manager must be another user of this directory."))
        if key in self.managers:
            found.values[MANAGER] = self.managers[key]
        elif key in self._in_file:
            found.waits = True
        else:
            raise DomainError(_(UNKNOWN_MANAGER).format(name=word[:SHOWN]))

    def _require_alone(self, row: PersonRow, found: Comparison) -> None:
        if not row.key:
            found.problems.append([UPN, "", _(EMPTY_KEY).format(attribute=UPN)])
        elif self._first.get(row.key, row.number) < row.number:
            reason = _(SAME_KEY).format(number=self._first[row.key], attribute=UPN)
            found.problems.append([UPN, row.user_name, reason])

    def _try(self, person: Person | None, row: PersonRow, found: Comparison) -> None:
        """Set the values on a copy of the person, by the rules of the action."""
        draft = copy(person) if person else Person(organization=self.people_import.organization)
        before = person.values if person else {}
        try:
            assign_values(draft, {name: value for name, value in found.values.items() if name != MANAGER})
        except DomainError as error:
            found.problems.append([error.field or "", "", error.message])
            return
        after = draft.values
        for name in sorted({*before, *after} - {MANAGER}):
            if before.get(name) != after.get(name):
                found.changes.append([name, _shown(before.get(name)), _shown(after.get(name))])
        old = person.manager if person else None
        is_same = found.values.get(MANAGER) == (old.pk if old else None)
        if found.waits or (MANAGER in found.values and not is_same):
            wanted = manager_of(self.people_import, row)
            found.changes.append([MANAGER, old.user_principal_name if old else "", wanted])


def manager_of(people_import: PeopleImport, row: PersonRow) -> str:
    """The user principal name of the manager in the row, or ""."""
    cells: Mapping[str, str] = dict(zip(people_import.header, row.cells, strict=False))
    word = read(cells.get(MANAGER, ""))
    return word if isinstance(word, str) else ""


def _value(name: str, word: str | Word) -> Any:
    if not isinstance(word, str):
        return None
    attribute = named(name)
    if attribute is None or not attribute.multi_valued:
        return word
    if word.startswith("["):
        try:
            return orjson.loads(word)
        except orjson.JSONDecodeError:
            pass
    return word.split(SEPARATOR)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{SEPARATOR} ".join(value) if isinstance(value, list) else str(value or "")
    return text[:SHOWN]
