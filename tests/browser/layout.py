"""What is wrong with the layout of a page in a browser: parts that stray out of it, or that are cut off."""

from tests.browser.conftest import HEIGHT

_STRAYING = """() => {
  const width = document.documentElement.clientWidth;
  const isClipped = (element) => {
    for (let parent = element; parent; parent = parent.parentElement)
      if (getComputedStyle(parent).clipPath !== "none") return true;  // only for screen readers
    return false;
  };
  const isHidden = (element) => element.closest(".skip, dialog:not([open])") || isClipped(element);
  const scrolls = (element) => {
    for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(parent).overflowX)) return true;
    return false;
  };
  const shortens = (element) => {
    for (let parent = element; parent && parent !== document.body; parent = parent.parentElement)
      if (getComputedStyle(parent).textOverflow === "ellipsis") return true;
    return false;
  };
  const found = [];
  const whole = document.documentElement.scrollWidth;
  if (whole > width) found.push(`the document is ${whole} wide`);
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || isHidden(element) || element.closest("svg")) continue;
    const name = `${element.tagName}.${element.className} ${(element.textContent || "").trim().slice(0, 40)}`;
    const isOutside = box.left < -1 || box.right > width + 1;
    if (isOutside && !scrolls(element) && !shortens(element)) found.push(`${name}: ${box.left} to ${box.right}`);
    const style = getComputedStyle(element);
    const isCut = element.scrollWidth > element.clientWidth + 1 && ["hidden", "clip"].includes(style.overflowX);
    const isField = ["INPUT", "SELECT", "TEXTAREA"].includes(element.tagName);
    if (isCut && !shortens(element) && !isField) found.push(`${name}: cut off`);
  }
  return found;
}"""
_CARD = """() => [...document.querySelectorAll("main form, main .signin__card, .signin__card")].map((element) => {
  const box = element.getBoundingClientRect();
  return [box.left, box.right];
})"""


def misplaced(page, width):
    """The first parts that do not fit into this width, and the forms and cards outside of it."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    found = page.evaluate(_STRAYING)[:8]
    for left, right in page.evaluate(_CARD):
        if left < 0 or right > width:
            found.append(f"a card from {left} to {right}")
    return found
