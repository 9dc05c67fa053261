"""The configuration of an application as a file: mappings, scoping filters and settings, without URL and token.

A file in this format is restored exactly, or refused with the place of the mistake. A synchronization schema of
Microsoft Graph is read as far as it is understood, with a report of the rest.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from directory.provisioning.graph_schema import MAX_BYTES, Loaded, Note, ObjectMapping, SchemaError, load
from directory.provisioning.mapping import AttributeMapping, MappingError
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.plan import Kind
from directory.provisioning.scope import ScopeError, ScopingFilter
from directory.provisioning.values import is_storable

FORMAT = "control-hub-application"
VERSION = 1
MEMBERS = {Kind.PERSON: "users", Kind.GROUP: "groups"}
OBJECTS = {Kind.PERSON: "User", Kind.GROUP: "Group"}
MOST = 1_000_000
PROVISIONS = {Kind.PERSON: "provisions_users", Kind.GROUP: "provisions_groups"}
ACTIONS = {"creates": "Add", "updates": "Update", "deletes": "Delete"}


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST


SETTINGS: Mapping[str, Callable[[Any], bool]] = {
    "scope": lambda value: value in ("assigned", "all"),
    **dict.fromkeys(("includes_nested", "provisions_users", "provisions_groups"), _is_flag),
    **dict.fromkeys(("creates", "updates", "deletes", "guards_deletions"), _is_flag),
    **dict.fromkeys(("deletion_threshold", "interval"), _is_number),
}
"""The settings in a file, each with a check of its value."""


@dataclass
class ConfigurationFile:
    """The contents of a file; kinds of objects and settings that it does not have are not changed."""

    mappings: dict[Kind, list[AttributeMapping]] = field(default_factory=dict)
    filters: dict[Kind, ScopingFilter] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    more_notes: int = 0
    """The number of notes beyond those that the report keeps."""

    def to_json(self) -> dict[str, Any]:
        """The document of the file. The report is not part of it."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "settings": self.settings,
            **{
                name: {
                    "mappings": [mapping.to_json() for mapping in self.mappings[kind]],
                    "scope": self.filters[kind].to_json(),
                }
                for kind, name in MEMBERS.items()
                if kind in self.mappings
            },
        }


def read_file(content: bytes) -> ConfigurationFile:
    """The configuration in a file of either format; raises SchemaError."""
    if len(content) > MAX_BYTES:
        message = gettext_noop("The file is larger than %(limit)s MB.")
        raise SchemaError(Message(message, {"limit": MAX_BYTES // 2**20}))
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise SchemaError(Message(gettext_noop("The file is not JSON."))) from None
    is_own = isinstance(document, dict) and "format" in document
    found = read_document(document) if is_own else _graph(load(content))
    if not is_storable(json.dumps(found.to_json(), ensure_ascii=False).replace("\\u0000", "\0")):
        raise SchemaError(Message(gettext_noop("The file contains characters that cannot be stored.")))
    return found


def read_document(document: Any) -> ConfigurationFile:
    """The configuration in a document of this format; raises SchemaError."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise SchemaError(Message(gettext_noop("This is not the configuration of an application.")))
    if document.get("version") != VERSION:
        raise SchemaError(Message(gettext_noop("The file was created by a newer version of Control Hub.")))
    found = ConfigurationFile(settings=_settings(document.get("settings") or {}))
    for kind, name in MEMBERS.items():
        if name in document:
            found.mappings[kind], found.filters[kind] = _objects(document[name], name)
    return found


def _objects(document: Any, place: str) -> tuple[list[AttributeMapping], ScopingFilter]:
    rows = document.get("mappings") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise _wrong(place, Message(gettext_noop("There is no list of mappings.")))
    mappings = []
    for index, row in enumerate(rows):
        try:
            mappings.append(AttributeMapping.from_json(row))
        except MappingError as error:
            raise _wrong(f"{place}.mappings[{index}]", error.message) from None
    try:
        return mappings, ScopingFilter.from_json(document.get("scope") or {})
    except ScopeError as error:
        raise _wrong(f"{place}.scope.groups[{error.group}]", error.message) from None


def _settings(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise _wrong("settings", Message(gettext_noop("The settings must be an object.")))
    for name, value in document.items():
        if name not in SETTINGS or not SETTINGS[name](value):
            raise _wrong(f"settings.{str(name)[:100]}", Message(gettext_noop("This is not a valid setting.")))
    return document


def _wrong(place: str, reason: Message) -> SchemaError:
    return SchemaError(Message(gettext_noop("%(place)s: %(reason)s"), {"place": place, "reason": reason}))


def _graph(loaded: Loaded) -> ConfigurationFile:
    """The first mapping of users and the first of groups; the report names the others."""
    found = ConfigurationFile()
    for each in loaded.objects:
        kind = next((kind for kind, name in OBJECTS.items() if name.lower() == each.source_object.lower()), None)
        if kind is None or kind in found.mappings:
            loaded.note(each.name[:100], gettext_noop("Only one mapping of users and one of groups is read."))
            continue
        found.mappings[kind], found.filters[kind] = each.mappings, each.scope
        found.settings[PROVISIONS[kind]] = each.is_enabled
        if kind is Kind.PERSON:
            found.settings |= {name: action in each.actions for name, action in ACTIONS.items()}
    if not found.mappings:
        raise SchemaError(Message(gettext_noop("The file has no mappings of users or groups.")))
    found.notes, found.more_notes = loaded.notes, loaded.more_notes
    return found


def graph_objects(configuration: ConfigurationFile) -> list[ObjectMapping]:
    """The object mappings that `graph_schema.dump` writes for Entra."""
    settings = configuration.settings
    actions = tuple(action for name, action in ACTIONS.items() if settings.get(name, True))
    return [
        ObjectMapping(
            name=f"Provision Directory {MEMBERS[kind].title()}",
            source_object=OBJECTS[kind],
            target_object=OBJECTS[kind],
            is_enabled=settings.get(PROVISIONS[kind], True),
            actions=actions,
            mappings=mappings,
            scope=configuration.filters[kind],
        )
        for kind, mappings in configuration.mappings.items()
        if mappings
    ]
