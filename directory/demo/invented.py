"""200 invented people in 12 groups: always the same ones, so that a tour can name them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from directory.engine.demo_clock import DOMAIN

PEOPLE = 200
GIVEN = (
    "Amara", "Bruno", "Chidi", "Dalia", "Emil", "Farah", "Gustav", "Hana", "Ines", "Jonas", "Keiko", "Luca", "Mei",
    "Nils", "Olga", "Paulo", "Quinn", "Rania", "Sofia", "Tariq", "Ulla", "Viktor", "Wren", "Yusuf", "Zoë",
)  # fmt: skip
SURNAMES = ("Okafor", "Lindqvist", "Moreau", "Tanaka", "Fischer", "Haddad", "Kowalska", "Ó Briain")
DEPARTMENTS = {
    "Engineering": ("Software engineer", "Site reliability engineer", "Engineering manager"),
    "Sales": ("Account executive", "Sales engineer", "Sales manager"),
    "Support": ("Support engineer", "Support lead"),
    "Finance": ("Accountant", "Controller"),
    "Facilities": ("Facilities coordinator", "Receptionist"),
    "People": ("Recruiter", "HR partner"),
}
OFFICES = (
    ("Hamburg", "Hamburg", "DE", "+49 40 555"),
    ("Lisbon", "Lisboa", "PT", "+351 21 555"),
    ("Osaka", "Osaka", "JP", "+81 6 5555"),
    ("Toronto", "Ontario", "CA", "+1 416 555"),
)
NESTED = {"Go to market": ("Sales", "Support")}
"""A group of other groups."""
MANAGERS = "Managers"


@dataclass(frozen=True, slots=True)
class InventedPerson:
    """A person with the attributes of `directory.provisioning.attributes`; `boss` is the UPN of the manager."""

    upn: str
    attributes: dict[str, str]
    boss: str

    @property
    def is_manager(self) -> bool:
        return "manager" in self.attributes["jobTitle"].lower() or not self.boss


@dataclass(frozen=True, slots=True)
class InventedGroup:
    """A group with the UPNs of its people and the names of the groups in it."""

    name: str
    description: str
    people: tuple[str, ...]
    groups: tuple[str, ...] = ()


def people() -> tuple[InventedPerson, ...]:
    """The invented people: the first in each department leads it, and the very first leads everybody."""
    return tuple(islice(_people(), PEOPLE))


def _people() -> Iterator[InventedPerson]:
    departments, leads = tuple(DEPARTMENTS), dict[str, str]()
    top = ""
    for number, (surname, given) in enumerate(product(SURNAMES, GIVEN)):
        department = departments[number % len(departments)]
        titles = DEPARTMENTS[department]
        upn = f"{_plain(given)}.{_plain(surname)}@{DOMAIN}"
        boss = leads.get(department, top)
        title = f"Head of {department}" if department not in leads else titles[number // len(departments) % len(titles)]
        leads.setdefault(department, upn)
        top = top or upn
        yield InventedPerson(upn, _attributes(number, given, surname, upn, department, title), boss)


def _attributes(number: int, given: str, surname: str, upn: str, department: str, title: str) -> dict[str, str]:
    city, state, country, phone = OFFICES[number // 3 % len(OFFICES)]
    return {
        "displayName": f"{given} {surname}",
        "givenName": given,
        "surname": surname,
        "mail": upn,
        "mailNickname": upn.partition("@")[0],
        "jobTitle": title,
        "department": department,
        "employeeId": f"{10_000 + number}",
        "companyName": "Harbor Pine",
        "city": city,
        "state": state,
        "country": country,
        "telephoneNumber": f"{phone} {number:04}",
        "preferredLanguage": "de-DE" if country == "DE" else "en-US",
    }


def groups() -> tuple[InventedGroup, ...]:
    """One for each department and office, one of managers, and one of groups."""
    everybody = people()
    found = [InventedGroup(name, f"Everybody in {name}", _upns(everybody, "department", name)) for name in DEPARTMENTS]
    found += [
        InventedGroup(f"Office {city}", f"Everybody in {city}", _upns(everybody, "city", city)) for city, *_ in OFFICES
    ]
    managers = tuple(person.upn for person in everybody if person.is_manager)
    found.append(InventedGroup(MANAGERS, "Everybody who leads others", managers))
    found += [InventedGroup(name, "Sales and support together", (), children) for name, children in NESTED.items()]
    return tuple(found)


def _upns(everybody: tuple[InventedPerson, ...], attribute: str, value: str) -> tuple[str, ...]:
    return tuple(person.upn for person in everybody if person.attributes[attribute] == value)


def _plain(name: str) -> str:
    return name.lower().replace("ó ", "o").replace("ë", "e").replace(" ", "")
