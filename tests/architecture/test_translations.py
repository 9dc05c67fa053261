"""Every text in a template goes through gettext, and the catalogues contain all texts in the source."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Comment, Doctype
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.template.loader import get_template
from django.utils.translation import gettext

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
# The gallery is for developers only.
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path.name != "gallery.html")
ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")
VALUES = ("button", "caption", "heading", "here", "label", "text", "title")
UNSEEN = ("code", "kbd", "script", "style")
# Names, units and code are the same in all languages.
NAMES = {"Control Hub", "UTC", "ID", "userName", "ETag", "s", "ms", 'class="signin'}


def untranslated(source):
    """The texts of a template that readers would see in English in every language."""
    return [*texts_of_tags(source), *texts_of_html(source)]


def texts_of_tags(source):
    """Constants that are passed to components and includes without `_()`."""
    for token in Lexer(source).tokenize():
        if token.token_type is TokenType.BLOCK and token.contents.startswith(("component ", "include ")):
            for bit in token.split_contents():
                name, _, value = bit.partition("=")
                if name in VALUES and value[:1] in {'"', "'"} and value.strip("\"'") not in NAMES:
                    yield value


def texts_of_html(source):
    html, is_translated = "", False
    for token in Lexer(source).tokenize():
        if token.token_type is TokenType.TEXT:
            html += "" if is_translated else token.contents
        elif token.token_type is TokenType.BLOCK:
            is_translated = (
                is_translated or token.contents.startswith("blocktrans")
            ) and not token.contents.startswith("endblocktrans")
    soup = BeautifulSoup(html, "html.parser")
    shown = [text for text in soup.find_all(string=True) if not isinstance(text, Comment | Doctype)]
    texts = [str(text) for text in shown if text.parent.name not in UNSEEN]
    texts += [element[name] for element in soup.find_all(True) for name in ATTRIBUTES if element.get(name)]
    return [text for text in map(clean, texts) if text and text not in NAMES and not text.isdecimal()]


def clean(text):
    """The text without surrounding white space and punctuation."""
    return re.sub(r"^[\W_]+|[\W_]+$", "", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_every_text_of_a_template_can_be_translated(page):
    assert not untranslated(page.read_text()), "use {% translate %} or {% blocktranslate %}"


@pytest.mark.parametrize(
    "source",
    [
        "<p>Users</p>",
        '<a aria-label="Close">{% icon "x" %}</a>',
        "{% if a %}<b>{{ number }} users</b>{% endif %}",
        '{% component "card" title="Users" %}{% endcomponent %}',
        "{% blocktranslate %}One{% endblocktranslate %} two",
    ],
)
def test_rule_finds_untranslated_texts(source):
    assert untranslated(source)


def test_rule_accepts_translated_texts_and_names():
    source = """<p>{% translate "Users" %}: {{ number }} UTC</p><code>chub_</code><script>go()</script>
    {% component "card" title=_("Users") %}{% blocktranslate %}All{% endblocktranslate %}{% endcomponent %}"""
    assert not untranslated(source)


def test_catalogues_contain_all_texts():
    command = [sys.executable, "locale/catalogue.py", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr


def test_catalogue_is_found():
    assert settings.USE_I18N
    assert [Path(path) for path in settings.LOCALE_PATHS] == [ROOT / "locale"]
    assert gettext("Permanently delete") == "Permanently delete"
    assert get_template("errors/404.html").render()
