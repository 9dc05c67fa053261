// A swapped part keeps what somebody has open in it: menus with what was typed and chosen there, details, and the focus.
(() => {
  "use strict";
  const NAMED = ["id", "name", "value", "href", "popovertarget", "aria-label"];
  let kept = null;

  const selector = (element) => element.localName
    + NAMED.filter((name) => element.hasAttribute(name)).map((name) => `[${name}="${CSS.escape(element.getAttribute(name))}"]`).join("");

  const fields = (menu) => [...menu.querySelectorAll("input, select, textarea")].map((field, index) => {
    const isChosen = ["checkbox", "radio"].includes(field.type);
    return { field, isChosen, key: `${field.name} ${isChosen ? field.value : index}` };
  });

  const typed = (menu) => new Map(fields(menu).map(({ field, isChosen, key }) => [key, isChosen ? field.checked : field.value]));

  function open(id, values, takesFocus) {
    const menu = document.getElementById(id);
    if (!menu || menu.matches(":popover-open")) return;
    for (const { field, isChosen, key } of fields(menu)) {
      if (values.has(key)) field[isChosen ? "checked" : "value"] = values.get(key);
    }
    const button = document.querySelector(`[popovertarget="${CSS.escape(id)}"]`);
    if (takesFocus) button?.focus({ preventScroll: true }); // it gets the focus again when the menu closes
    button?.click(); // and the menu is placed at it
  }

  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const focused = document.activeElement;
    kept = {
      target,
      menus: [...target.querySelectorAll("[popover][id]:popover-open")].map((menu) => [menu.id, typed(menu)]),
      details: [...target.querySelectorAll("details[id]")].map((details) => [details.id, details.open]),
      focused: target !== focused && target.contains(focused) ? selector(focused) : "",
    };
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (kept?.target !== event.detail.target) return;
    const { target, menus, details, focused } = kept;
    kept = null;
    for (const [id, isOpen] of details) document.getElementById(id)?.toggleAttribute("open", isOpen);
    for (const [id, values] of menus) open(id, values, Boolean(focused));
    if (focused) (target.isConnected ? target : event.target).querySelector(focused)?.focus({ preventScroll: true });
  });

  // What a menu has sent is done with.
  document.addEventListener("submit", (event) => {
    for (const element of [event.submitter, document.activeElement]) element?.closest("[popover]:popover-open")?.hidePopover();
  });
})();
