"""Writes the catalogue of all texts of pages, forms, messages and mails: `python locale/catalogue.py [--check]`.

Babel extracts and compiles, so GNU gettext is not needed. A translation is a folder like `en` with its own
`django.po`; existing translations are kept when texts are added.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_javascript
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from scim.protocol.leniency import Tolerance

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("audit", "controlhub")
KEYWORDS = {
    "_": None,
    "_lazy": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))
    yield from sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def texts(path: Path) -> Iterator[tuple]:
    """The texts of one file. Django turns a template into calls of gettext, which read like JavaScript."""
    if path.suffix == ".py":
        yield from extract("python", io.BytesIO(path.read_bytes()), KEYWORDS)
        return
    calls = io.BytesIO(templatize(path.read_text()).encode())
    for line, _function, text, comments in extract_javascript(calls, KEYWORDS, [], {"parse_template_string": "false"}):
        yield line, text, comments, None


def template() -> Catalog:
    """All texts of the source, without translations."""
    catalogue = Catalog(project="Control Hub", charset="utf-8")
    for path in sources():
        for _line, text, _comments, context in texts(path):
            catalogue.add(text, locations=[(str(path.relative_to(ROOT)), 0)], context=context)
    for tolerance in Tolerance:
        catalogue.add(tolerance.label, locations=[("scim/protocol/leniency.py", 0)])
    return catalogue


def updated(po: Path) -> Catalog:
    """The catalogue of one language with the texts of the source. Its header holds no time of its own."""
    with po.open("rb") as file:
        catalogue = read_po(file, locale=po.parent.parent.name)
    catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalogue, omit_header=False, sort_output=True, include_lineno=False, width=120)
    return file.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def main() -> int:
    settings.configure()
    django.setup()
    is_check = "--check" in sys.argv
    stale = []
    for po in sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po")):
        catalogue = updated(po)
        for path, content in ((po, as_po(catalogue)), (po.with_suffix(".mo"), as_mo(catalogue))):
            if not path.exists() or path.read_bytes() != content:
                stale.append(path)
                if not is_check:
                    path.write_bytes(content)
    if is_check and stale:
        print("Run `make messages`: these catalogues are out of date:", *stale, sep="\n", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
