"""What a row means for its person. Nothing is written here: the check and the import both use this."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from audit.actor import Actor
from controlhub.models import Permission, Role
from controlhub.text.languages import in_english
from controlhub.text.stored_texts import storable
from controlhub.user_files.cells import Word
from controlhub.user_files.columns import CellError
from controlhub.user_files.mapping import ROLE, ColumnMapping
from controlhub.user_files.people import People
from scim.protocol.errors import ScimError
from scim.protocol.schemas import ResourceSchema
from scim.protocol.validate import finish, require_immutables_kept
from scim.protocol.values import fold

Document = dict[str, Any]
Entry = list[str]

MAX_DOCUMENT = 1_048_576
"""The maximum number of bytes of a document, as for SCIM."""
OWNED = frozenset({"userName", "active", "externalId"})
"""Attributes that a directory owns even without a value."""
SHOWN = 500
"""The maximum number of characters of a value that a page shows."""
ROLE_ABOVE = gettext_lazy("This role has permissions that yours lacks. Ask a full administrator.")
PERSON_ABOVE = gettext_lazy("This person's role has permissions that yours lacks. Ask a full administrator.")
TOO_MANY_CELLS = storable(
    gettext_noop("The row has {cells} cells, but the header has {columns}. Check for a missing quote or an extra cell.")
)
EMPTY_KEY = storable(gettext_noop("The {attribute} is empty. Enter it: people are matched by this value."))
SAME_KEY = storable(gettext_noop("Row {number} has the same {attribute}. Keep one of the two rows."))
UNKNOWN_ROLE = storable(gettext_noop("There is no administrator role with this name. Choose one of: {roles}."))


class RoleAboveError(CellError):
    """The cell contains or replaces a role that is above the importer's own."""


@dataclass(slots=True)
class Comparison:
    """The result of comparing a row with a user.

    `document` is the new one. `changes` are column, before, after; `kept` column, value, in the file; `problems`
    column, value, reason. `role` is the administrator role that the row gives, or None. `refused` is the reason in
    English if one of the problems is a role above the importer's.
    """

    document: Document
    changes: list[Entry] = field(default_factory=list)
    kept: list[Entry] = field(default_factory=list)
    problems: list[Entry] = field(default_factory=list)
    role: Role | None = None
    refused: str = ""

    @property
    def details(self) -> dict[str, list[Entry]]:
        """The entries that are stored, without empty lists."""
        found = {"changes": self.changes, "kept": self.kept, "problems": self.problems}
        return {name: entries for name, entries in found.items() if entries}


@dataclass(frozen=True, slots=True)
class Rules:
    """What is the same for all rows of an import."""

    header: Sequence[str]
    mapping: ColumnMapping
    schema: ResourceSchema
    people: People
    actor: Actor


def compare(rules: Rules, cells: Sequence[str], before: Document | None, *, is_owned: bool, role: str) -> Comparison:
    """Compare the row with these cells with the person's document, which is None for a new person.

    `is_owned` means that a directory owns the person and keeps its values. `role` is the person's administrator role.
    """
    found = Comparison(orjson.loads(orjson.dumps(before or {})))
    if len(cells) > len(rules.header):
        found.problems.append(["", "", _(TOO_MANY_CELLS).format(cells=len(cells), columns=len(rules.header))])
        return found
    touched: dict[str, str | None] = {}
    for place, key, value in rules.mapping.values(cells):
        try:
            if key == ROLE:
                _note_role(rules, found, value, role)
            else:
                _put(rules, found, key, value, before, is_owned, touched)
        except CellError as error:
            found.problems.append([rules.header[place], shown(cells[place]), str(error)])
            if isinstance(error, RoleAboveError):
                found.refused = in_english(error.args[0])
    if not found.problems:
        _finish(rules, found, before, touched)
    return found


def _put(
    rules: Rules,
    found: Comparison,
    key: str,
    value: str | Word,
    before: Document | None,
    is_owned: bool,
    touched: dict[str, str | None],
) -> None:
    column = rules.mapping.columns[key]
    old = column.value(found.document, rules.people)
    wanted = None if value is Word.CLEAR else str(value)
    if wanted == old:
        return
    if before is not None and is_owned and (old is not None or key in OWNED):
        found.kept.append([key, shown(old or ""), shown(wanted or "")])
        return
    touched.setdefault(key, old)
    if wanted is None:
        column.clear(found.document)
    else:
        column.put(found.document, wanted, rules.people)


def _note_role(rules: Rules, found: Comparison, value: str | Word, old: str) -> None:
    """Store the role that the cell contains. CellError if there is no such role, or if it is above the importer's."""
    if value is Word.CLEAR:
        raise CellError(_("An import cannot remove a role. Remove it on the user's page."))
    role = role_named(str(value))
    own = Role(rules.actor.role) if rules.actor.role else None
    if own and not (own.may(Permission.MANAGE_ROLES) and own.covers(role)):
        raise RoleAboveError(ROLE_ABOVE)
    if role.value == old:
        return
    if old and own and not own.covers(Role(old)):
        raise RoleAboveError(PERSON_ABOVE)
    found.role = role
    found.changes.append([ROLE, str(Role(old).label) if old else "", str(role.label)])


def role_named(text: str) -> Role:
    """Returns the role with this name or label. CellError if there is none."""
    wanted = text.strip().casefold()
    for role in Role:
        if wanted in {role.value, str(role.label).casefold()}:
            return role
    raise CellError(_(UNKNOWN_ROLE).format(roles=", ".join(str(role.label) for role in Role)))


def _finish(rules: Rules, found: Comparison, before: Document | None, touched: dict[str, str | None]) -> None:
    """Complete the document, and list its changes."""
    if before is not None and not touched:
        return
    try:
        document = finish(_without_empty(found.document), rules.schema)
        if before is not None:
            require_immutables_kept(before, document, rules.schema)
    except ScimError as error:
        found.problems.append(["", "", str(error)])
        return
    if len(orjson.dumps(document)) > MAX_DOCUMENT:
        found.problems.append(["", "", _("This person would have more than 1 MB of data. Shorten a value.")])
    found.document = document
    for key, old in touched.items():
        new = rules.mapping.columns[key].value(document, rules.people)
        if new != old:
            found.changes.append([key, shown(old or ""), shown(new or "")])


def _without_empty(document: Document) -> Document:
    """Returns the document without objects and lists that have lost their last member."""
    return {key: value for key, value in document.items() if value not in ({}, [])}


def shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def unique_values(schema: ResourceSchema, document: dict[str, Any]) -> dict[str, str]:
    """Returns the values of a document that no other user may have, folded if the attribute ignores case."""
    found = {}
    for target in schema.uniques:
        value = target.read(document)
        if isinstance(value, str) and value.strip() and target.attribute:
            found[str(target)] = value if target.attribute.case_exact else fold(value)
    return found
