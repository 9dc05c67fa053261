"""Layout problems of a page in a browser: elements that overflow the page or are cut off."""

from tests.browser.conftest import HEIGHT

KNOWN = "data-known"
"""Marks parts that a test has already checked on another page. They are not measured again."""
_STRAYING = """(known) => {
  const width = document.documentElement.clientWidth;
  const within = (holds, last) => {  // whether `holds` is true of an element or of one around it, up to `last`
    const answers = new Map();
    const ask = (element) => {
      if (!element || element === last) return false;
      if (!answers.has(element)) answers.set(element, holds(element) || ask(element.parentElement));
      return answers.get(element);
    };
    return ask;
  };
  const isClipped = within((element) => getComputedStyle(element).clipPath !== "none");  // only for screen readers
  const scrolls = within((element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX), document.body);
  const shortens = within((element) => getComputedStyle(element).textOverflow === "ellipsis", document.body);
  const isHidden = (element) => element.closest(".skip, dialog:not([open])") || isClipped(element);
  const found = [];
  const whole = document.documentElement.scrollWidth;
  if (whole > width) found.push(`the document is ${whole} wide`);
  for (const element of document.body.querySelectorAll(`:not([${known}], [${known}] *, svg, svg *)`)) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || isHidden(element)) continue;
    const isOutside = box.left < -1 || box.right > width + 1;
    const isCut = element.scrollWidth > element.clientWidth + 1
      && ["hidden", "clip"].includes(getComputedStyle(element).overflowX);
    if (!isOutside && !isCut || shortens(element)) continue;
    const name = `${element.tagName}.${element.className} ${(element.textContent || "").trim().slice(0, 40)}`;
    if (isOutside && !scrolls(element.parentElement)) found.push(`${name}: ${box.left} to ${box.right}`);
    if (isCut && !["INPUT", "SELECT", "TEXTAREA"].includes(element.tagName)) found.push(`${name}: cut off`);
  }
  const cards = [...document.querySelectorAll("main form, main .signin__card, .signin__card")];
  const apart = cards.map((card) => card.getBoundingClientRect()).filter((box) => box.left < 0 || box.right > width);
  return [...found.slice(0, 8), ...apart.map((box) => `a card from ${box.left} to ${box.right}`)];
}"""


def misplaced(page, width):
    """The first elements that do not fit into this width, and the forms and cards outside it."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    return page.evaluate(_STRAYING, KNOWN)
