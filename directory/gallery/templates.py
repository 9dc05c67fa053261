"""Templates of applications, read from the JSON files of this folder and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from directory.provisioning.attributes import GROUP_ATTRIBUTES
from directory.provisioning.mapping import AttributeMapping, MappingError, check_all
from directory.provisioning.quirks import QuirkError, Quirks

FOLDER = Path(__file__).parent
BLANK = "scim"
"""The template of a service that is not in the gallery."""
COLORS = ("cobalt", "mint", "slate", "gold", "violet", "pink", "orange")


class TemplateError(ValueError):
    """A file is not a template. The message names the member at fault."""


class Category(StrEnum):
    """The purpose of an application. The portal has the names."""

    COLLABORATION = "collaboration"
    DEVELOPMENT = "development"
    CLOUD = "cloud"
    STORAGE = "storage"
    SALES = "sales"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Source:
    """The page that the facts come from, and the day they were read."""

    title: str
    url: str
    date: date


@dataclass(frozen=True, slots=True)
class Template:
    """An entry of the gallery. Its texts in the portal are in `directory.portal.template_texts`.

    `tenant_url` is an example with the parts to replace in brackets, such as `https://host/scim/[OrgId]`.
    """

    key: str
    name: str
    publisher: str
    category: Category
    color: str
    tenant_url: str
    sources: tuple[Source, ...]
    quirks: Quirks
    stated_quirks: Mapping[str, Any] = field(compare=False)
    """The quirks that the file names, as stored with an application."""
    user_mappings: tuple[AttributeMapping, ...]
    group_mappings: tuple[AttributeMapping, ...]

    @property
    def initials(self) -> str:
        """One or two letters that stand for the application: no logos are shipped."""
        return initials_of(self.name)

    def matches(self, words: Sequence[str]) -> bool:
        """Whether each word, in lower case, begins a word of the name or of the publisher."""
        own = f"{self.name} {self.publisher}".lower().split()
        return all(any(part.startswith(word) for part in own) for word in words)


def initials_of(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper()


@cache
def templates() -> tuple[Template, ...]:
    """All entries, by name."""
    found = [load_template(path.stem, orjson.loads(path.read_bytes())) for path in FOLDER.glob("*.json")]
    return tuple(sorted(found, key=lambda template: template.name.lower()))


def template_of(key: str) -> Template:
    """The entry with this key; the entry of any SCIM service if a release has removed it."""
    known = {template.key: template for template in templates()}
    return known.get(key) or known[BLANK]


def load_template(key: str, values: Mapping[str, Any]) -> Template:
    """The template in a file; raises TemplateError."""
    try:
        stated = values.get("quirks", {})
        template = Template(
            key=key,
            name=values["name"],
            publisher=values["publisher"],
            category=Category(values["category"]),
            color=values["color"],
            tenant_url=values["tenant_url"],
            sources=tuple(Source(s["title"], s["url"], date.fromisoformat(s["date"])) for s in values["sources"]),
            quirks=Quirks.from_json(stated),
            stated_quirks=stated,
            user_mappings=_mappings(values["user_mappings"]),
            group_mappings=_mappings(values["group_mappings"]),
        )
    except KeyError as error:
        raise TemplateError(f"{key}: {error} is missing.") from error
    except (MappingError, QuirkError, TypeError, ValueError) as error:
        raise TemplateError(f"{key}: {error}") from error
    _check(template)
    return template


def _mappings(rows: Sequence[Mapping[str, Any]]) -> tuple[AttributeMapping, ...]:
    found = tuple(AttributeMapping.from_json(row) for row in rows)
    for problem in check_all(found, GROUP_ATTRIBUTES) if found else ():
        raise TemplateError(f"{found[problem.index].target}: {problem.message}")
    return found


def _check(template: Template) -> None:
    if template.color not in COLORS:
        raise TemplateError(f"{template.key}: the color must be one of {', '.join(COLORS)}.")
    if not template.tenant_url.startswith(("https://", "[")):
        raise TemplateError(f"{template.key}: the Tenant URL must begin with https:// or a part to replace.")
    if template.quirks.has_groups != bool(template.group_mappings):
        raise TemplateError(f"{template.key}: group mappings and has_groups contradict each other.")
