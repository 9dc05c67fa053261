"""Checks a person's attributes: names, types and sizes. Raises InvalidSettingError with the attribute at fault."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from controlhub.errors import InvalidSettingError
from controlhub.text.stored_texts import storable
from directory.provisioning.attributes import Kind, SourceAttribute, named
from directory.provisioning.values import boolean_of, is_storable

MOST_CHARACTERS = 1_024
"""The maximum length of one value."""
MOST_VALUES = 100
"""The maximum number of values of a multi-valued attribute."""
MOST_ATTRIBUTES = 100
"""The maximum number of attributes of one person; Entra defines about 60."""
CUSTOM_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,119}\Z")
"""Entra's names of extension attributes, such as extension_2f1c…_badge, have this form."""
COMPUTED = storable(gettext_noop("The directory sets {attribute}. Leave it out."))
NOT_A_NAME = storable(
    gettext_noop(
        "“{name}” cannot be the name of an attribute. Begin with a letter, and use at most 120 letters, "
        "digits and underscores."
    )
)
TOO_MANY_ATTRIBUTES = storable(gettext_noop("A user can have at most {number} attributes. Remove some."))
NOT_BOOLEAN = storable(gettext_noop("{attribute} must be true or false."))
TOO_MANY_VALUES = storable(gettext_noop("{attribute} can have at most {number} values."))
NOT_TEXT = storable(gettext_noop("{attribute} must be text."))
NOT_STORABLE = storable(gettext_noop("{attribute} contains a character that cannot be stored. Remove it."))
TOO_LONG = storable(gettext_noop("{attribute} is longer than {number} characters."))
NOT_A_TIME = storable(
    gettext_noop("{attribute} must be a date such as 2026-01-31, or a time such as 2026-01-31T08:00:00Z.")
)

Stored = str | bool | list[str] | None
"""None removes the attribute."""


def clean(values: Mapping[str, Any]) -> dict[str, Stored]:
    """The values by attribute name, as they are stored. Names are compared without case.

    A reference, the manager, is left as it is.
    """
    cleaned: dict[str, Stored] = {}
    for name, value in values.items():
        attribute = attribute_of(name)
        cleaned[attribute.name] = value if attribute.kind is Kind.REFERENCE else _stored(attribute, value)
    return cleaned


def attribute_of(name: str) -> SourceAttribute:
    """The attribute with this name: one of Entra's, or a custom one of type string."""
    if attribute := named(name):
        if attribute.is_computed:
            raise InvalidSettingError(_(COMPUTED).format(attribute=attribute.name), field=name)
        return attribute
    if not CUSTOM_NAME.match(name):
        raise InvalidSettingError(_(NOT_A_NAME).format(name=name[:120]), field=name[:120])
    return SourceAttribute(name)


def require_bounded(attributes: Mapping[str, Any]) -> None:
    """Raises InvalidSettingError if a person would have too many attributes."""
    if len(attributes) > MOST_ATTRIBUTES:
        raise InvalidSettingError(_(TOO_MANY_ATTRIBUTES).format(number=MOST_ATTRIBUTES))


def _stored(attribute: SourceAttribute, value: Any) -> Stored:
    if value is None or value in ("", []):
        return None
    if attribute.kind is Kind.BOOLEAN:
        return _boolean(attribute, value)
    if attribute.multi_valued:
        return _texts(attribute, value)
    text = _text(attribute, value)
    return _moment(attribute, text) if attribute.kind is Kind.DATE_TIME and text else text


def _boolean(attribute: SourceAttribute, value: Any) -> bool:
    found = boolean_of(value)
    if found is None:
        message = _(NOT_BOOLEAN).format(attribute=attribute.name)
        raise InvalidSettingError(message, field=attribute.name)
    return found


def _texts(attribute: SourceAttribute, value: Any) -> list[str] | None:
    values = value if isinstance(value, list) else [value]
    texts = list(dict.fromkeys(text for one in values if (text := _text(attribute, one))))
    if len(texts) > MOST_VALUES:
        message = _(TOO_MANY_VALUES)
        raise InvalidSettingError(message.format(attribute=attribute.name, number=MOST_VALUES), field=attribute.name)
    return texts or None


def _text(attribute: SourceAttribute, value: Any) -> str | None:
    if not isinstance(value, str):
        message = _(NOT_TEXT).format(attribute=attribute.name)
        raise InvalidSettingError(message, field=attribute.name)
    text = value.strip()
    if not is_storable(text):
        message = _(NOT_STORABLE)
        raise InvalidSettingError(message.format(attribute=attribute.name), field=attribute.name)
    if len(text) > MOST_CHARACTERS:
        message = _(TOO_LONG)
        message = message.format(attribute=attribute.name, number=MOST_CHARACTERS)
        raise InvalidSettingError(message, field=attribute.name)
    return text or None


def _moment(attribute: SourceAttribute, text: str) -> str:
    """Returns the time in ISO 8601, in UTC. A date alone means midnight, as in the hire dates of Entra."""
    try:
        if len(text) == len("2026-01-31"):
            moment = datetime.combine(date.fromisoformat(text), time(), UTC)
        else:
            moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        message = _(NOT_A_TIME)
        raise InvalidSettingError(message.format(attribute=attribute.name), field=attribute.name) from None
