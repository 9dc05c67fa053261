"""Reads pages as a browser does: tests parse HTML and never match its text with regular expressions.

    page = pages.read(portal.get("/users/"))
    assert "3 users" in page.text
    assert page.link("Older") == "?before=…"
    assert page.form("/users/add/").fields == {"address": "", …}

Beautiful Soup parses. `page.all(selector)` and `page.one(selector)` take CSS selectors and return its elements.
"""

import json
from functools import cached_property

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

# Elements that do not interrupt a word or a sentence. Every other element does.
INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q"),
        *("s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"),
    )
)
UNSEEN = frozenset(("head", "noscript", "script", "style", "svg", "template"))
BUTTONS = frozenset(("button", "image", "reset", "submit"))


def read(source):
    """The page in a response, or in a string."""
    return Page(source if isinstance(source, str) else source.getvalue().decode())


def text_of(element):
    """The visible text of an element, with runs of white space collapsed into one space."""
    return " ".join("".join(_pieces(element)).split())


class Page:
    """One document, or the fragment that htmx gets. It is parsed lazily, because parsing takes as long as rendering."""

    def __init__(self, html):
        self.html = html

    @cached_property
    def soup(self):
        return BeautifulSoup(self.html, "html.parser")

    @property
    def text(self):
        """The visible text."""
        return text_of(self.soup)

    @property
    def title(self):
        return text_of(self.one("head > title"))

    @property
    def is_fragment(self):
        """Whether this is part of a page, as requested by htmx."""
        return not self.html.lstrip()[:9].lower().startswith("<!doctype")

    def all(self, selector):
        """The elements that match a CSS selector, in page order."""
        return self.soup.select(selector)

    def one(self, selector):
        """The only element that matches a CSS selector. Raises AssertionError unless there is exactly one."""
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} elements match {selector!r}: {self.text[:500]}"
        return found[0]

    def texts(self, selector):
        """The text of each element that matches a CSS selector."""
        return [text_of(element) for element in self.all(selector)]

    def copied(self, name):
        """The value that the page offers for copying under this ID: `secret` on the pages that issue one."""
        return text_of(self.one(f"code#{name}"))

    @property
    def links(self):
        """Pairs of text and URL, in page order."""
        return [(text_of(element), element["href"]) for element in self.all("a[href]")]

    def link(self, text):
        """The URL of the only link with this text, or None if there is no such link."""
        found = {address for label, address in self.links if label == text}
        assert len(found) < 2, f"the links {text!r} lead to {sorted(found)}"
        return found.pop() if found else None

    @property
    def forms(self):
        return [Form(element) for element in self.all("form")]

    def form(self, action):
        """The only form with this URL. "" finds a form that posts to its own page."""
        found = [form for form in self.forms if form.action == action]
        assert len(found) == 1, f"{len(found)} forms post to {action!r}; there are {[f.action for f in self.forms]}"
        return found[0]

    def json(self, name):
        """The value in the `<script type="application/json">` with this ID."""
        return json.loads(self.one(f'script#{name}[type="application/json"]').string)


class Form:
    """A form and the data that it would submit unchanged."""

    def __init__(self, element):
        self.element = element
        self.action = element.get("action", "")
        self.method = element.get("method", "get").lower()

    @property
    def text(self):
        return text_of(self.element)

    @property
    def fields(self):
        """Maps names to values, without buttons and the CSRF token. A repeated name has a list."""
        found = {}
        for control in self.element.select("input[name], select[name], textarea[name]"):
            if control["name"] != "csrfmiddlewaretoken" and not control.has_attr("disabled"):
                for value in _values(control):
                    found.setdefault(control["name"], []).append(value)
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _values(control):
    """The values that a control submits."""
    if control.name == "textarea":
        return [control.get_text().removeprefix("\n")]
    if control.name == "select":
        options = control.select("option")
        chosen = [option for option in options if option.has_attr("selected")]
        if not chosen and not control.has_attr("multiple"):
            chosen = options[:1]
        return [option.get("value", text_of(option)) for option in chosen]
    kind = control.get("type", "text").lower()
    if kind in BUTTONS or kind == "file":
        return []
    if kind in {"checkbox", "radio"}:
        return [control.get("value", "on")] if control.has_attr("checked") else []
    return [control.get("value", "")]


def _pieces(element):
    for child in element.children:
        if isinstance(child, Tag):
            if child.name in UNSEEN or child.has_attr("hidden"):
                continue
            gap = "" if child.name in INLINE else " "
            yield gap
            yield from _pieces(child)
            yield gap
        elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
            yield str(child)
