"""A person or group that is typed in as JSON, to try a mapping on. It is never stored."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.translation import gettext as _

from controlhub.errors import InvalidSettingError
from directory.actions.attributes import clean
from directory.provisioning.attributes import GROUP_ATTRIBUTES, named
from directory.provisioning.plan import DELETED, Kind
from directory.provisioning.values import Source, boolean_of

LENGTH = 20_000
"""The maximum number of characters."""
ANNOTATION = "@odata."
"""The prefix of names that Microsoft Graph adds to what it returns."""


def sample_of(kind: Kind, text: str) -> Source:
    """The source attributes that a JSON object names, checked like those of an import.

    Raises InvalidSettingError, which says what is wrong, and where.
    """
    document = {name: value for name, value in _object(text).items() if not name.startswith(ANNOTATION)}
    return _group(document) if kind is Kind.GROUP else _person(document)


def _object(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = _("The sample is not valid JSON: line {line}, column {column}.")
        raise InvalidSettingError(message.format(line=error.lineno, column=error.colno)) from error
    if not isinstance(found, dict):
        raise InvalidSettingError(_('The sample must be a JSON object, for example {"displayName": "Ada Lovelace"}.'))
    return found


def _person(document: Mapping[str, Any]) -> Source:
    computed = {name: value for name, value in document.items() if (found := named(name)) and found.is_computed}
    values = clean({name: value for name, value in document.items() if name not in computed})
    enabled = values.get("accountEnabled")
    source: dict[str, Any] = {**values, "accountEnabled": True if enabled is None else enabled}
    source |= {_spelled(name): value for name, value in computed.items()}
    is_deleted = boolean_of(source.get(DELETED))
    return {**source, DELETED: not source["accountEnabled"] if is_deleted is None else is_deleted}


def _group(document: Mapping[str, Any]) -> Source:
    unknown = next((name for name in document if name not in GROUP_ATTRIBUTES), None)
    if unknown is not None:
        message = _("A group has no attribute {name}. It can have {names}.")
        raise InvalidSettingError(message.format(name=unknown[:120], names=", ".join(GROUP_ATTRIBUTES)))
    computed = {name: value for name, value in document.items() if name in {"objectId", "members"}}
    return clean({name: value for name, value in document.items() if name not in computed}) | computed


def _spelled(name: str) -> str:
    found = named(name)
    return found.name if found else name
