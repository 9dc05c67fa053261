"""The shape of a page in a browser: its elements without texts. Parts shared by many pages are checked only once."""

from tests.browser.layout import KNOWN

_SHAPES = """() => {
  const REFERENCES = new Set(["aria-labelledby", "aria-describedby", "aria-controls", "for", "popovertarget", "form"]);
  const VALUES = new Set(["class", "role", "type", "style", "tabindex", "hidden", "scope", "lang", "aria-level"]);
  const IGNORED = new Set(["id", "href", "value", "name", "aria-current"]);
  const attribute = ({ name, value }) => {
    if (REFERENCES.has(name)) return `${name}=${value.split(" ").every((id) => document.getElementById(id))}`;
    if (VALUES.has(name) || /^(true|false|mixed|polite|assertive)$/.test(value)) return `${name}=${value}`;
    return `${name}=${value.trim() !== ""}`;
  };
  const shape = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.trim() && "text";
    if (node.nodeType !== Node.ELEMENT_NODE || node.tagName === "SCRIPT") return "";
    const attributes = [...node.attributes].filter(({ name }) => !IGNORED.has(name)).map(attribute).sort();
    const labels = node.labels ? [...node.labels].map((label) => label.textContent.trim() !== "") : "";
    const inner = node.tagName === "svg" ? [] : [...node.childNodes].map(shape).filter(Boolean);
    const each = inner.filter((text, index) => text !== inner[index - 1]);
    return `<${node.tagName} ${attributes} ${labels}>${each.join("")}</>`;
  };
  return [...document.body.children].map(shape);
}"""
_MARK = """([known, numbers]) => numbers.forEach((number) => {
  const part = document.body.children[number];
  if (part.matches("header, nav, dialog, .menu")) part.setAttribute(known, "");
})"""


class Shapes:
    """The shapes of page parts seen so far. The parts are children of `body`."""

    def __init__(self):
        self.seen = set()

    def are_new(self, page):
        """Whether a part of this page has a new shape. Marks known parts of the frame around `main`."""
        shapes = page.evaluate(_SHAPES)
        page.evaluate(_MARK, [KNOWN, [number for number, shape in enumerate(shapes) if shape in self.seen]])
        is_new = not self.seen.issuperset(shapes)
        self.seen.update(shapes)
        return is_new
