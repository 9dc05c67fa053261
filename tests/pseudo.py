"""A test language in which every letter of a translated text has an accent, so plain letters show untranslated text.

It replaces German, whose plurals and number and date formats it uses. The catalogue is made from the English ones of
Control Hub, Django and allauth.
"""

import io
import re
from functools import cache
from pathlib import Path

import allauth
import django
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation

ROOT = Path(__file__).resolve().parents[1]
LANGUAGE = "de"
ACCENTS = "áɓćďéḟǵĥíĵķĺḿńóṕɋŕśťúṽẃẍýźÁɃĆĎÉḞǴĤÍĴĶĹḾŃÓṔɊŔŚŤÚṼẂẌÝŹ"
TABLE = str.maketrans("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", ACCENTS)
# Placeholders, tags and entities.
KEPT = re.compile(r"(%\(\w+\)[a-z]|%[a-z%]|\{[^}]*\}|<[^>]*>|&#?\w+;)")


def accented(text):
    return "".join(part if number % 2 else part.translate(TABLE) for number, part in enumerate(KEPT.split(text)))


def english_catalogues():
    packages = (Path(django.__file__).parent, Path(allauth.__file__).parent)
    yield from (path for package in packages for path in package.glob("**/locale/en/LC_MESSAGES/django.po"))
    yield ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"


@cache
def compiled():
    pseudo = Catalog(locale=LANGUAGE)
    for path in english_catalogues():
        with path.open("rb") as file:
            for message in read_po(file, locale="en", ignore_obsolete=True):
                if message.id:
                    several = isinstance(message.id, tuple)
                    text = tuple(map(accented, message.id)) if several else accented(message.id)
                    pseudo.add(message.id, text, context=message.context)
    result = io.BytesIO()
    write_mo(result, pseudo)
    return result.getvalue()


@pytest.fixture
def speaks_pseudo(tmp_path, settings):
    """Offer the language. A test selects it like a browser, or with `translation.override`."""
    folder = tmp_path / LANGUAGE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(compiled())
    settings.LANGUAGES = [("en", "English"), (LANGUAGE, "Deutsch")]
    settings.LOCALE_PATHS = [tmp_path]
    yield
    translation.deactivate()
