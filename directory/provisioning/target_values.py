"""Converts values to the types of the target, and compares them."""

from collections.abc import Mapping
from typing import Any

from directory.provisioning.expressions.date_formats import format_date, parse_known
from directory.provisioning.expressions.functions.dates import FILE_TIME_EPOCH, ISO_FORMAT
from directory.provisioning.messages import Message, gettext_noop
from directory.provisioning.target_paths import TargetPath, member
from directory.provisioning.values import Value, boolean_of, integer_of, is_empty, text_of, values_of
from scim.protocol.schemas import Type


class ConversionError(Exception):
    """A value that is not valid for the target attribute."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


def converted(value: Value, path: TargetPath, type_: str = "") -> Any:
    """The value in the type of the target attribute, None if it is empty; raises ConversionError."""
    if is_empty(value):
        return None
    if path.is_multi_valued:
        elements = [_element(each, path) for each in values_of(value) if not is_empty(each)]
        return elements or None
    if isinstance(value, list):
        if len(value) > 1:
            message = gettext_noop(
                "%(target)s takes one value, but this is a list. Choose one value with Item, or join them with Join."
            )
            raise ConversionError(Message(message, {"target": str(path)}))
        value = value[0]
    kind = Type(type_) if type_ else path.type
    if kind is Type.COMPLEX:
        return value if isinstance(value, dict) else {"value": text_of(value)}
    if isinstance(value, dict):
        message = gettext_noop("%(target)s is not an object. Map a role with SingleAppRoleAssignment.")
        raise ConversionError(Message(message, {"target": str(path)}))
    return _scalar(value, kind, path)


def _element(value: Any, path: TargetPath) -> Any:
    """One value of a multi-valued attribute."""
    if isinstance(value, dict) or path.type is not Type.COMPLEX:
        return value if isinstance(value, dict) else text_of(value)
    return {"value": text_of(value)}


def _scalar(value: Value, kind: Type, path: TargetPath) -> Any:
    text = text_of(value)
    match kind:
        case Type.BOOLEAN:
            found: Any = boolean_of(value)
        case Type.INTEGER:
            found = integer_of(value)
        case Type.DECIMAL:
            found = _decimal(text or "")
        case Type.DATE_TIME:
            found = _date_time(text or "")
        case _:
            return text or None
    if found is None and (text or "").strip():
        message = gettext_noop("“%(value)s” cannot be the value of %(target)s, which has the type %(type)s.")
        raise ConversionError(Message(message, {"value": (text or "")[:100], "target": str(path), "type": str(kind)}))
    return found


def _decimal(text: str) -> float | int | None:
    whole = integer_of(text)
    if whole is not None:
        return whole
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) < float("inf") else None


def _date_time(text: str) -> str | None:
    """A date as in RFC 7643 §2.3.5, to the second; None if the text is not a date."""
    date = parse_known(text, FILE_TIME_EPOCH)
    return None if date is None else format_date(date, ISO_FORMAT)


def is_same(new: Any, old: Any, path: TargetPath, *, case_exact: bool = True, type_: str = "") -> bool:
    """Whether the target already has the value.

    Members that only the target has are ignored, as is the order of values. `"True"` is true, and dates are compared as
    times, because targets return them in their own formats.
    """
    if path.is_multi_valued or isinstance(new, list):
        news, olds = values_of(new), values_of(old)
        return len(news) == len(olds) and all(
            any(_same_element(each, other, case_exact) for other in olds) for each in news
        )
    if isinstance(new, dict):
        return _same_element(new, old, case_exact)
    kind = Type(type_) if type_ else path.type
    try:
        return _same_scalar(new, converted(old, path, str(kind)), case_exact)
    except ConversionError:
        return False


def _same_element(new: Any, old: Any, case_exact: bool) -> bool:
    if not isinstance(new, Mapping):
        return _same_scalar(new, member(old, "value") if isinstance(old, Mapping) else old, case_exact)
    if not isinstance(old, Mapping):
        return set(new) == {"value"} and _same_scalar(new["value"], old, case_exact)
    return all(_same_scalar(value, member(old, name), case_exact) for name, value in new.items())


def _same_scalar(new: Any, old: Any, case_exact: bool) -> bool:
    """A missing member counts as false, because targets leave false out."""
    if isinstance(new, bool) or isinstance(old, bool):
        return boolean_of(new) is (boolean_of(old) or False)
    if isinstance(new, str) and isinstance(old, str):
        return new == old or (not case_exact and new.casefold() == old.casefold())
    return bool(new == old) or (text_of(new) is not None and text_of(new) == text_of(old))


def lacking(new: list[Any], old: Any) -> list[Any]:
    """The values that the target does not have yet."""
    olds = values_of(old)
    return [each for each in new if not any(_same_element(each, other, True) for other in olds)]
