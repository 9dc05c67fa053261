"""Writes the catalogue of all texts of pages, forms, messages and mails: `python locale/catalogue.py [--check]`.

Babel extracts and compiles, so GNU gettext is not needed. A translation is a folder like `en` with its own
`django.po`. Existing translations are kept when texts are added.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract, extract_javascript
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from audit.actor import ActorKind
from audit.changes import ADDED, CHANGED, REMOVED
from audit.vocabulary import TargetType
from scim.protocol.leniency import Tolerance

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("audit", "controlhub", "directory")
NAMES = {
    "audit/actor.py": [str(kind) for kind in ActorKind],
    "audit/changes.py": [ADDED, REMOVED, CHANGED],
    "audit/vocabulary.py": [str(kind) for kind in TargetType],
    "scim/protocol/leniency.py": [tolerance.label for tolerance in Tolerance],
}
"""Texts that templates translate by value."""
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}")
KEYWORDS = {
    "_": None,
    "_lazy": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))
    yield from sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def texts(path: Path) -> Iterator[tuple]:
    """The texts of one file. Django converts a template into gettext calls that can be parsed as JavaScript."""
    if path.suffix == ".py":
        yield from extract("python", io.BytesIO(path.read_bytes()), KEYWORDS)
        return
    calls = io.BytesIO(templatize(path.read_text()).encode())
    for line, _function, text, comments in extract_javascript(calls, KEYWORDS, [], {"parse_template_string": "false"}):
        yield line, text, comments, None


def template() -> Catalog:
    """All texts in the source, without translations."""
    catalogue = Catalog(project="Control Hub", charset="utf-8")
    for path in sources():
        for _line, text, _comments, context in texts(path):
            catalogue.add(text, locations=[(str(path.relative_to(ROOT)), 0)], context=context)
    for source, names in NAMES.items():
        for name in names:
            catalogue.add(name, locations=[(source, 0)])
    return catalogue


def updated(po: Path) -> Catalog:
    """The catalogue of one language with the texts in the source. Its header contains no creation time."""
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


def defects(catalogue: Catalog) -> list[str]:
    """Texts that are untranslated, fuzzy, or use different placeholders from the original. English has none."""
    if str(catalogue.locale) == "en":
        return []
    return [str(message.id) for message in catalogue if message.id and is_defective(message)]


def is_defective(message: Message) -> bool:
    originals = message.id if isinstance(message.id, tuple) else (message.id,)
    translations = message.string if isinstance(message.string, tuple) else (message.string,)
    names = set(PLACEHOLDER.findall(originals[-1]))
    return (
        message.fuzzy
        or any(not text or set(PLACEHOLDER.findall(text)) - names for text in translations)
        or (set(PLACEHOLDER.findall(translations[-1])) != names)
    )


def main() -> int:
    settings.configure()
    django.setup()
    is_check = "--check" in sys.argv
    stale, incomplete = [], []
    for po in sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po")):
        catalogue, mo = updated(po), po.with_suffix(".mo")
        missing = defects(catalogue)
        incomplete += [f"{po.relative_to(ROOT)}: {text}" for text in missing]
        # An incomplete catalogue is not compiled: settings.LANGUAGES offers the compiled ones.
        files = {po: as_po(catalogue), mo: None if missing else as_mo(catalogue)}
        stale += [path for path, content in files.items() if not is_current(path, content, is_check=is_check)]
    if incomplete:
        print("Not translated, so the language is not offered:", *incomplete, sep="\n", file=sys.stderr)  # noqa: T201
    if is_check and stale:
        print("Run `make messages`: these catalogues are out of date:", *stale, sep="\n", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def is_current(path: Path, content: bytes | None, *, is_check: bool) -> bool:
    """Whether the file has this content. None means that it does not exist. Writes or deletes it unless `is_check`."""
    if (path.read_bytes() if path.exists() else None) == content:
        return True
    if not is_check and content is None:
        path.unlink()
    elif not is_check and content is not None:
        path.write_bytes(content)
    return False


if __name__ == "__main__":
    sys.exit(main())
