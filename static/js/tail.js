// Live: the newest page of the audit log asks for new events while it is visible. They appear by themselves at the top of
// the page, or after "Show new events" where that would move what somebody reads.
(() => {
  "use strict";
  const { say } = window.portal;
  const EVERY = 3000; // milliseconds
  const TOP = 200; // pixels from the top of the page
  let timer = null;

  const button = () => document.getElementById("list-live");
  const fresh = () => document.getElementById("fresh");
  const isOn = () => button()?.getAttribute("aria-pressed") === "true";

  function isRead() {
    const focused = document.activeElement;
    return window.scrollY > TOP || document.querySelector("dialog[open], [popover]:popover-open")
      || document.getElementById("results").contains(focused);
  }

  const show = () => window.htmx.ajax("GET", fresh().dataset.url, { target: "#results", swap: "innerHTML" });

  async function ask() {
    const place = fresh();
    if (!isOn() || document.hidden || !place) return;
    const answer = await fetch(place.dataset.poll, { headers: { "X-Poll": "1", Accept: "application/json" } });
    if (!answer.ok || answer.redirected) { set(false); return; }
    const { number, text } = await answer.json();
    if (!number || place !== fresh() || !isOn()) return;
    if (!isRead()) { await show(); return; }
    const link = place.querySelector("a");
    if (link.textContent === text) return;
    link.textContent = text;
    place.hidden = false;
    say(text);
  }

  function next() {
    clearTimeout(timer);
    if (isOn() && !document.hidden) timer = setTimeout(() => ask().catch(() => {}).finally(next), EVERY);
  }

  function set(on) {
    const found = button();
    found.setAttribute("aria-pressed", String(on));
    found.textContent = on ? found.dataset.pause : found.dataset.live;
    next();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#list-live")) {
      set(!isOn());
      if (isOn()) show();
    } else if (event.target.closest("#fresh a")) {
      event.preventDefault();
      window.scrollTo({ top: 0 });
      show();
    }
  });
  document.addEventListener("visibilitychange", next);
  const found = button();
  if (found) { found.hidden = false; document.getElementById("list-refresh").hidden = true; }
})();
