"""Every attribute of a user with its value and source, and whether it can be changed here."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from controlhub.actions.users.attribute_edits import NOT_BY_HAND
from controlhub.models import User, UserRemark
from controlhub.models.provenance import ValueSource, is_owned, sources_of
from controlhub.portal.timelines import shown
from scim.protocol.schemas import COMMON, ResourceSchema, Returned, Schema, Target, Type
from scim.protocol.schemas import Mutability as Changes
from scim.protocol.urns import ENTERPRISE_USER

MOST_ELEMENTS = 50
LABELS: dict[str, str | Promise] = {
    "userName": _lazy("Username"),
    "displayName": _lazy("Display name"),
    "externalId": _lazy("External ID"),
    "nickName": _lazy("Nickname"),
    "profileUrl": _lazy("Profile page"),
    "title": _lazy("Title"),
    "userType": _lazy("Type of user"),
    "preferredLanguage": _lazy("Preferred language"),
    "locale": _lazy("Locale"),
    "timezone": _lazy("Time zone"),
    "active": _lazy("Active"),
    "emails": _lazy("Email addresses"),
    "phoneNumbers": _lazy("Phone numbers"),
    "ims": _lazy("Instant messaging"),
    "photos": _lazy("Photos"),
    "addresses": _lazy("Addresses"),
    "entitlements": _lazy("Entitlements"),
    "roles": _lazy("Work roles"),
    "x509Certificates": _lazy("Certificates"),
    "name.formatted": _lazy("Full name"),
    "name.familyName": _lazy("Last name"),
    "name.givenName": _lazy("First name"),
    "name.middleName": _lazy("Middle name"),
    "name.honorificPrefix": _lazy("Title before the name"),
    "name.honorificSuffix": _lazy("Title after the name"),
    "employeeNumber": _lazy("Employee number"),
    "costCenter": _lazy("Cost center"),
    "organization": _lazy("Organization"),
    "division": _lazy("Division"),
    "department": _lazy("Department"),
    "manager.value": _lazy("Manager (SCIM ID)"),
}
CONTACT = {"emails", "phoneNumbers", "ims", "photos", "addresses", "profileUrl"}
WORK = {"title", "userType", "preferredLanguage", "locale", "timezone", "entitlements", "roles", "x509Certificates"}


class Show(StrEnum):
    """Which attributes the page shows."""

    SET = "set"
    ALL = "all"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute. `lines` are its values, empty without a value. `sent` is the directory's value if overridden."""

    path: str
    label: str
    lines: list[str]
    source: ValueSource | None
    is_editable: bool
    is_owned: bool
    override: dict[str, Any] | None = None
    sent: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    urn: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Profile:
    """The attributes that are shown, and how many attributes each `Show` has."""

    sections: list[Section]
    counts: dict[Show, int]


def profile_of(user: User, schema: ResourceSchema, remark: UserRemark, *, show: Show, text: str) -> Profile:
    """The attributes with a value, all of them, or the overridden ones, whose name or value contains `text`."""
    targets = list(targets_of(schema))
    sources = sources_of(user, [str(target) for target in targets])
    words = text.casefold()
    sections: dict[str, Section] = {}
    counts = dict.fromkeys(Show, 0)
    for target in targets:
        row = row_of(user, target, remark, sources[str(target)])
        for kind in Show:
            counts[kind] += _is_shown(row, kind)
        if _is_shown(row, show) and words in f"{row.label} {row.path} {' '.join(row.lines)}".casefold():
            title, urn = _section(schema, target)
            sections.setdefault(title, Section(title, urn, [])).rows.append(row)
    return Profile(list(sections.values()), counts)


def targets_of(schema: ResourceSchema) -> Iterator[Target]:
    """One target for each attribute that can be read and set, and for each part of one with a single complex value."""
    external_id = next(attribute for attribute in COMMON if attribute.name == "externalId")
    for target in (Target(None, external_id), *schema.targets):
        attribute = target.attribute
        if attribute is None or attribute.is_read_only or attribute.mutability is Changes.WRITE_ONLY:
            continue
        if attribute.returned is Returned.NEVER:
            continue
        if attribute.is_complex and not attribute.multi_valued:
            parts = (sub for sub in attribute.sub_attributes if not sub.is_read_only and sub.name != "$ref")
            yield from (Target(target.extension, attribute, sub) for sub in parts)
        else:
            yield target


def row_of(user: User, target: Target, remark: UserRemark, source: ValueSource) -> Row:
    """An attribute of the user, as the page shows it."""
    path, value = str(target), target.read(user.document)
    override = remark.override_of(path, value)
    owned = is_owned(source, value, has_owner=user.connection is not None, is_overridden=override is not None)
    is_here = target.extension is not None or (target.attribute and target.attribute.name not in NOT_BY_HAND)
    return Row(
        path,
        label_of(target),
        lines_of(value, target),
        source if value is not None else None,
        is_editable=bool(is_here) and not user.is_deleted,
        is_owned=owned,
        override=override,
        sent=", ".join(lines_of(override["sent"], target)) if override else "",
    )


def label_of(target: Target) -> str:
    """The display name of an attribute: ours for attributes of the standard, otherwise its own name."""
    names = [part.name for part in (target.attribute, target.sub) if part]
    return str(LABELS.get(".".join(names), names[-1]))


def lines_of(value: Any, target: Target) -> list[str]:
    """The value in lines, one for each element."""
    if value is None:
        return []
    if target.leaf and target.leaf.type is Type.BOOLEAN and isinstance(value, bool):
        return [_("Yes") if value else _("No")]
    values = value if isinstance(value, list) else [value]
    return [shown(element) or "" for element in values[:MOST_ELEMENTS]]


def _is_shown(row: Row, show: Show) -> bool:
    if show is Show.OVERRIDDEN:
        return row.override is not None
    return show is Show.ALL or bool(row.lines)


def _section(schema: ResourceSchema, target: Target) -> tuple[str, str]:
    if target.extension is None:
        name = target.attribute.name if target.attribute else ""
        title = _("Contact") if name in CONTACT else _("Work") if name in WORK else _("Name and sign-in")
        return title, schema.core.urn
    if target.extension == ENTERPRISE_USER:
        return _("Enterprise"), target.extension
    found: Schema | None = schema.extension(target.extension)
    return (found.name if found else target.extension), target.extension
