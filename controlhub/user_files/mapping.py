"""Which column of a file is which attribute: guessed from the header, remembered, or chosen."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from controlhub.text.languages import in_english
from controlhub.user_files import cells
from controlhub.user_files.columns import Column, imported_columns
from scim.protocol import urns
from scim.protocol.schemas import ResourceSchema

NAME_AND_MAIL = "userName+email"
"""One column for both the userName and the work e-mail address."""
WORK_MAIL = 'emails[type eq "work"].value'
ROLE = "role"
"""The administrator role, which is not part of the document."""
ENTERPRISE = urns.ENTERPRISE_USER
LABELS: Mapping[str, str | Promise] = {
    NAME_AND_MAIL: _("userName and work email"),
    "userName": _("userName"),
    "name.givenName": _("First name"),
    "name.familyName": _("Last name"),
    "displayName": _("Display name"),
    "title": _("Title"),
    WORK_MAIL: _("Work email"),
    'phoneNumbers[type eq "work"].value': _("Work phone"),
    'phoneNumbers[type eq "mobile"].value': _("Mobile phone"),
    f"{ENTERPRISE}:employeeNumber": _("Employee number"),
    f"{ENTERPRISE}:department": _("Department"),
    f"{ENTERPRISE}:costCenter": _("Cost center"),
    f"{ENTERPRISE}:division": _("Division"),
    f"{ENTERPRISE}:organization": _("Company"),
    f"{ENTERPRISE}:manager": _("Manager (by userName)"),
    "externalId": _("External ID"),
    "active": _("Active (true or false)"),
    "preferredLanguage": _("Preferred language"),
    'addresses[type eq "work"].streetAddress': _("Street"),
    'addresses[type eq "work"].postalCode': _("Postal code"),
    'addresses[type eq "work"].locality': _("City"),
    'addresses[type eq "work"].region': _("State or region"),
    'addresses[type eq "work"].country': _("Country"),
    ROLE: _("Administrator role"),
}
"""The usual columns, in the order of the choices and the template."""
TEMPLATE = tuple(key for key in LABELS if key not in {"userName", WORK_MAIL})
_WORDS: Mapping[str, str] = {
    "email": NAME_AND_MAIL,
    "emailaddress": NAME_AND_MAIL,
    "useridemail": NAME_AND_MAIL,
    "useridemailrequired": NAME_AND_MAIL,
    "mail": NAME_AND_MAIL,
    "login": "userName",
    "username": "userName",
    "userprincipalname": "userName",
    "workemail": WORK_MAIL,
    "firstname": "name.givenName",
    "givenname": "name.givenName",
    "lastname": "name.familyName",
    "surname": "name.familyName",
    "familyname": "name.familyName",
    "name": "displayName",
    "fullname": "displayName",
    "jobtitle": "title",
    "position": "title",
    "employeeid": f"{ENTERPRISE}:employeeNumber",
    "employeeno": f"{ENTERPRISE}:employeeNumber",
    "personnelnumber": f"{ENTERPRISE}:employeeNumber",
    "costcentre": f"{ENTERPRISE}:costCenter",
    "manager": f"{ENTERPRISE}:manager",
    "manageremail": f"{ENTERPRISE}:manager",
    "phone": 'phoneNumbers[type eq "work"].value',
    "phonenumber": 'phoneNumbers[type eq "work"].value',
    "telephone": 'phoneNumbers[type eq "work"].value',
    "mobile": 'phoneNumbers[type eq "mobile"].value',
    "mobilenumber": 'phoneNumbers[type eq "mobile"].value',
    "cellphone": 'phoneNumbers[type eq "mobile"].value',
    "lang": "preferredLanguage",
    "language": "preferredLanguage",
    "street": 'addresses[type eq "work"].streetAddress',
    "zip": 'addresses[type eq "work"].postalCode',
    "zipcode": 'addresses[type eq "work"].postalCode',
    "city": 'addresses[type eq "work"].locality',
    "state": 'addresses[type eq "work"].region',
    "country": 'addresses[type eq "work"].country',
    "adminrole": ROLE,
}

Value = str | cells.Word


@dataclass(frozen=True)
class ColumnMapping:
    """The keys of the columns of a file, "" for a column that is not imported."""

    keys: tuple[str, ...]
    columns: Mapping[str, Column]

    def values(self, row: Sequence[str]) -> Iterator[tuple[int, str, Value]]:
        """Yields position, key and value of each cell that is not blank; the combined column as its two parts."""
        for place, (key, text) in enumerate(zip(self.keys, row, strict=False)):
            if not key or not text:
                continue
            value = cells.read(text)
            if value is cells.Word.BLANK:
                continue
            if key == NAME_AND_MAIL:
                yield place, "userName", value
                yield place, WORK_MAIL, value
            else:
                yield place, key, value


def mapping_of(schema: ResourceSchema, keys: Sequence[str]) -> ColumnMapping:
    """Returns the mapping with these keys. Keys that the schema no longer has are left out."""
    columns = _columns(schema)
    known = {*columns, NAME_AND_MAIL, ROLE}
    return ColumnMapping(tuple(key if key in known else "" for key in keys), columns)


def choices_of(schema: ResourceSchema) -> list[tuple[str, str | Promise]]:
    """Returns the keys to which a column can be mapped, each with its label, the usual ones first."""
    others = [(key, _short(key)) for key in _columns(schema) if key not in LABELS]
    return [*LABELS.items(), *others]


def guess(header: Sequence[str], schema: ResourceSchema, remembered: Mapping[str, str]) -> list[str]:
    """Returns for each column the key that it probably means, or "". Each key is used once.

    A header can have labels in the page's language or in English, or the names that other software uses.
    """
    keys = {_normal(key): key for key in (*_columns(schema), NAME_AND_MAIL, ROLE)}
    by_label = {_normal(text): key for key, label in LABELS.items() for text in (in_english(label), str(label))}
    found: list[str] = []
    for name in header:
        key = remembered.get(_normal(name))
        if key is None:
            normal = _normal(name)
            key = keys.get(normal) or by_label.get(normal) or _WORDS.get(normal, "")
        found.append("" if _is_taken(key, found) else key)
    return found


def remembered_keys(header: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """Returns the data that `guess` uses to remember the mapping of a file."""
    return {_normal(name): key for name, key in zip(header, keys, strict=False)}


def _is_taken(key: str, found: Sequence[str]) -> bool:
    if key == NAME_AND_MAIL and ("userName" in found or WORK_MAIL in found):
        return True
    if key in {"userName", WORK_MAIL} and NAME_AND_MAIL in found:
        return True
    return key in found


@lru_cache(64)
def _columns(schema: ResourceSchema) -> Mapping[str, Column]:
    return imported_columns(schema)


def _short(key: str) -> str:
    """Returns a key without the namespace of its schema's URN."""
    urn, colon, name = key.rpartition(":")
    return f"{name} ({urn.split(':')[-2] if urn.endswith('User') else urn.split(':')[-1]})" if colon else key


def _normal(text: str) -> str:
    return re.sub(r"[^\w]", "", text.casefold().replace("_", ""))


def is_known(name: str, remembered: Mapping[str, str]) -> bool:
    """Whether the file whose mapping is remembered had a column with this name."""
    return _normal(name) in remembered
