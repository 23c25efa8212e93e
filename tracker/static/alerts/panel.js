// Ask now and then whether an alert was raised, so that it shows without a reload. The server does
// not count this as use.

import { DOUBT } from "../layouts/idle.js";
import { isOutOfSight } from "../layouts/out_of_sight.js";

const EVERY_MS = 20_000;

export function start(box) {
  const title = document.title;
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", () => document.hidden || look());
  count();

  async function look() {
    if (isOutOfSight()) return;
    let answer;
    try {
      const address = `${box.dataset.alertsUrl}?known=${encodeURIComponent(box.dataset.alertsKnown)}`;
      answer = await fetch(address, {
        redirect: "manual",
        headers: { "X-Requested-With": "fetch" },
      });
    } catch {
      return; // no connection; the next time asks again
    }
    if (answer.status === 401) window.dispatchEvent(new Event(DOUBT));
    if (answer.status !== 200) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-alerts-url]");
    if (fresh) show(fresh);
  }

  function show(fresh) {
    const held = box.contains(document.activeElement)
      ? document.activeElement.getAttribute("href")
      : null;
    Object.assign(box.dataset, fresh.dataset);
    box.replaceChildren(...fresh.childNodes);
    if (held)
      [...box.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
    count();
  }

  function count() {
    const waiting = Number(box.dataset.alertsCount);
    document.title = waiting ? `(${waiting}) ${title}` : title;
    const shown = document.querySelector(".site-nav .way-count")?.firstChild;
    if (shown && waiting) shown.data = String(waiting);
  }
}
