"""The attributes of a person as the page shows them: named ones in groups, then all others."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from directory.models import Person
from directory.portal.attribute_names import ALL, CONTACT, IDENTITY, JOB, LISTS, Names


@dataclass(frozen=True, slots=True)
class Section:
    """Attributes that have a value, each with its label and its values."""

    heading: str | Promise
    rows: list[tuple[str | Promise, list[str]]]


def profile_of(person: Person) -> list[Section]:
    """The sections of the page; those without values are left out."""
    values = person.values
    if person.deleted_at:
        values["userPrincipalName"] = person.shown_upn
    others = {name: name for name in sorted(values) if name not in ALL and name not in {"accountEnabled", "manager"}}
    named: tuple[tuple[str | Promise, Names], ...] = (
        (_("Identity"), IDENTITY),
        (_("Job information"), JOB),
        (_("Contact information"), {**CONTACT, **LISTS}),
        (_("Other attributes"), others),
    )
    sections = [Section(heading, _rows(values, names)) for heading, names in named]
    return [section for section in sections if section.rows]


def _rows(values: dict[str, Any], names: Names) -> list[tuple[str | Promise, list[str]]]:
    return [(label, _texts(values[name])) for name, label in names.items() if name in values]


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
