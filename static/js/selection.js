// Lists with check boxes: one box selects the page, another everything that matches, and the selection is counted.
(() => {
  "use strict";
  const { say } = window.portal;

  const WITH_BAR = "form:has([data-selected-count])";
  const count = (form) => {
    const boxes = [...form.querySelectorAll("tbody .check")], chosen = boxes.filter((box) => box.checked).length;
    const output = form.querySelector("[data-selected-count]"), page = form.querySelector("[data-select-page]");
    const all = form.querySelector("[data-select-all]")?.checked;
    output.textContent = all ? output.dataset.all : output.dataset.text.replace("{number}", chosen);
    if (page) { page.checked = all || (chosen > 0 && chosen === boxes.length); page.indeterminate = !all && chosen > 0 && chosen < boxes.length; }
    return output.textContent;
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.(WITH_BAR), box = event.target;
    if (!form || !box.matches(".check")) return;
    const boxes = form.querySelectorAll("tbody .check"), all = form.querySelector("[data-select-all]");
    if (box.matches("[data-select-page], [data-select-all]")) boxes.forEach((other) => { other.checked = box.checked; });
    if (all && box !== all && !box.checked) all.checked = false;
    say(count(form));
  });
  document.addEventListener("reset", (event) => { if (event.target.matches(WITH_BAR)) setTimeout(() => say(count(event.target))); });
  document.querySelectorAll(WITH_BAR).forEach(count);
})();
