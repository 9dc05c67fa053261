"""LDAP entries as people with Entra's attributes: inetOrgPerson (RFC 2798) and Active Directory's user."""

import json
from collections.abc import Callable, Iterable, Mapping

from directory.people_files.ldif import Entry
from directory.provisioning.attributes import USER_ATTRIBUTES

UPN = "userPrincipalName"
DISABLED = 0x2
"""The bit of Active Directory's userAccountControl that marks a disabled account."""
PEOPLE = {"person", "organizationalperson", "inetorgperson", "user", "posixaccount"}
NOT_PEOPLE = {"computer", "contact", "group", "organizationalunit"}
SOURCES: Mapping[str, tuple[str, ...]] = {
    UPN: ("userprincipalname", "mail", "uid"),
    "displayName": ("displayname", "cn"),
    "givenName": ("givenname",),
    "surname": ("sn", "surname"),
    "mail": ("mail",),
    "mailNickname": ("mailnickname", "uid", "samaccountname"),
    "preferredLanguage": ("preferredlanguage",),
    "jobTitle": ("title", "jobtitle"),
    "department": ("department", "departmentnumber"),
    "companyName": ("company", "o"),
    "division": ("division",),
    "employeeId": ("employeeid", "employeenumber"),
    "employeeType": ("employeetype",),
    "telephoneNumber": ("telephonenumber",),
    "mobile": ("mobile",),
    "facsimileTelephoneNumber": ("facsimiletelephonenumber",),
    "physicalDeliveryOfficeName": ("physicaldeliveryofficename", "roomnumber"),
    "streetAddress": ("streetaddress", "street"),
    "city": ("l",),
    "state": ("st",),
    "postalCode": ("postalcode",),
    "country": ("co", "c"),
    **{f"extensionAttribute{number}": (f"extensionattribute{number}",) for number in range(1, 16)},
}
"""The LDAP names for each attribute; the first one that an entry has is used, with its first value."""
LISTS: Mapping[str, tuple[str, ...]] = {"proxyAddresses": ("proxyaddresses",), "otherMails": ("othermailbox",)}


def is_person(entry: Entry) -> bool:
    """Whether the entry is a person: by its object classes, or by a name to sign in with if it has none."""
    classes = {text.strip().lower() for text in entry.texts("objectclass")}
    if not classes:
        return any(entry.texts(name) for name in SOURCES[UPN])
    return bool(classes & PEOPLE) and not classes & NOT_PEOPLE


def table_of_people(people: Iterable[Entry], written: Callable[[str], str]) -> tuple[list[str], list[list[str]]]:
    """The names of the attributes that any entry has, and the cells of each entry; `written` turns text into a cell."""
    people = list(people)
    names = {dn_key(entry.dn): _first(entry, SOURCES[UPN]) for entry in people}
    found = [_cells(entry, names, written) for entry in people]
    header = [name for name in USER_ATTRIBUTES if name == UPN or any(name in cells for cells in found)]
    return header, [[cells.get(name, "") for name in header] for cells in found]


def dn_key(dn: str) -> str:
    """A key for comparing distinguished names without case and without spaces around commas."""
    return ",".join(part.strip() for part in dn.lower().split(","))


def _cells(entry: Entry, names: Mapping[str, str], written: Callable[[str], str]) -> dict[str, str]:
    texts = {name: _first(entry, sources) for name, sources in SOURCES.items()}
    texts["accountEnabled"] = _enabled(entry)
    if manager := _first(entry, ("manager",)):
        texts["manager"] = names.get(dn_key(manager)) or manager
    cells = {name: written(text) for name, text in texts.items() if text}
    lists = {name: [text for source in sources for text in entry.texts(source)] for name, sources in LISTS.items()}
    lists["otherMails"] += entry.texts("mail")[1:]
    return cells | {name: json.dumps(values, ensure_ascii=False) for name, values in lists.items() if values}


def _first(entry: Entry, sources: Iterable[str]) -> str:
    return next((texts[0] for source in sources if (texts := entry.texts(source))), "")


def _enabled(entry: Entry) -> str:
    """ "true", "false", or "" if the entry does not say."""
    control = _first(entry, ("useraccountcontrol",))
    if control.isdecimal():
        return "false" if int(control) & DISABLED else "true"
    locked = _first(entry, ("nsaccountlock",)).lower()
    return {"true": "false", "false": "true"}.get(locked, "")
