// Lists with check boxes: one box selects the page, and the selection is counted.
import { say } from "./live.js";

const count = (form) => {
  const boxes = [...form.querySelectorAll("tbody .check")], chosen = boxes.filter((box) => box.checked).length;
  const output = form.querySelector("[data-selected-count]"), all = form.querySelector("[data-select-page]");
  if (output) output.textContent = output.dataset.text.replace("{number}", chosen);
  if (all) { all.checked = chosen > 0 && chosen === boxes.length; all.indeterminate = chosen > 0 && chosen < boxes.length; }
  return output?.textContent;
};
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form:has([data-selected-count])");
  if (!form || !event.target.matches(".check")) return;
  if (event.target.matches("[data-select-page]")) form.querySelectorAll("tbody .check").forEach((box) => { box.checked = event.target.checked; });
  say(count(form));
});
document.addEventListener("reset", (event) => { if (event.target.querySelector("[data-selected-count]")) setTimeout(() => say(count(event.target))); });
