// The search window: "/" and Ctrl-K open it, arrow keys move through its results, Enter opens one.
(() => {
  "use strict";
  const palette = document.getElementById("palette");
  const typed = palette?.querySelector("input");

  const open = (event) => {
    if (!palette || palette.open) return;
    event.preventDefault();
    palette.showModal();
    typed.select();
  };

  document.addEventListener("keydown", (event) => {
    const isShortcut = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    const isSlash = event.key === "/" && !event.target.closest("input,textarea,select,[contenteditable]");
    if (isShortcut || isSlash) open(event);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-search]")) open(event);
  });
  palette?.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const stops = [typed, ...palette.querySelectorAll("a.found__line")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    event.preventDefault();
    stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
  });
  palette?.querySelector("form").addEventListener("submit", (event) => {
    const first = palette.querySelector("a.found__line");
    if (first && !document.querySelector(".palette .htmx-request")) { event.preventDefault(); first.click(); }
  });
})();
