// Dragging across the bars of a histogram leads to their periods together. A click on one bar is its own link.
(() => {
  "use strict";
  const LEAST = 6; // pixels: what is shorter is a click
  let drag = null;

  const bars = (chart) => [...chart.querySelectorAll("a")];
  const barAt = (chart, x) => {
    const box = chart.getBoundingClientRect(), number = bars(chart).length;
    return Math.min(number - 1, Math.max(0, Math.floor((x - box.left) / box.width * number)));
  };
  const range = (x) => [barAt(drag.chart, drag.from), barAt(drag.chart, x)].sort((a, b) => a - b);

  function mark(x) {
    const [first, last] = range(x), place = 100 / bars(drag.chart).length;
    drag.mark.setAttribute("x", `${first * place}%`);
    drag.mark.setAttribute("width", `${(last - first + 1) * place}%`);
  }

  function begin(x) {
    drag.mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    drag.mark.setAttribute("class", "sel");
    drag.mark.setAttribute("height", "71");
    drag.chart.append(drag.mark);
    drag.chart.setPointerCapture(drag.pointer);
    mark(x);
  }

  function end() {
    drag?.mark?.remove();
    drag = null;
  }

  document.addEventListener("pointerdown", (event) => {
    const chart = event.target.closest?.(".hist svg");
    if (chart && event.isPrimary && event.button === 0) drag = { chart, from: event.clientX, pointer: event.pointerId };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    if (drag.mark) mark(event.clientX);
    else if (Math.abs(event.clientX - drag.from) >= LEAST) begin(event.clientX);
  });
  document.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const { chart, mark: marked } = drag, chosen = marked && range(event.clientX).map((number) => bars(chart)[number]);
    end();
    if (!chosen) return;
    chart.addEventListener("click", (click) => click.preventDefault(), { once: true, capture: true });
    const [start, stop] = chosen.map((bar) => new URL(bar.getAttribute("href"), location.href));
    start.searchParams.set("date_to", stop.searchParams.get("date_to"));
    location.assign(start);
  });
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") end(); });
  document.addEventListener("dragstart", (event) => { if (event.target.closest?.(".hist svg")) event.preventDefault(); });
})();
