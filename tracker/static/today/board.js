// Ask every few seconds what the chairs do, count their minutes between, and say so when no news comes any more.

const EVERY_MS = 3_000;
const GIVE_UP_MS = 5_000; // an answer that takes longer is none
const STALE_AFTER_MS = 8_000;

export function start(box) {
  const chairs = box.querySelector("[data-board-chairs]");
  const stale = box.querySelector("[data-board-stale]");
  const wall = box.classList.contains("board-wall");
  const zone = box.dataset.boardZone;
  const clock = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    ...(zone && { timeZone: zone }),
  });
  let ahead = Date.parse(box.dataset.boardNow) - Date.now(); // how far the server's clock is ahead of ours
  let heard = Date.now();
  let signedOut = false;
  let asking = false;

  setInterval(tick, 1_000);
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", () => document.hidden || look());
  window.addEventListener("pageshow", ({ persisted }) => persisted && look());
  window.addEventListener("online", look);

  async function look() {
    if (asking || signedOut) return;
    asking = true;
    try {
      const address = `${box.dataset.boardUrl}?known=${encodeURIComponent(box.dataset.boardKnown)}${wall ? "&wall=yes" : ""}`;
      const answer = await fetch(address, {
        redirect: "manual",
        headers: { "X-Requested-With": "fetch" },
        signal: AbortSignal.timeout(GIVE_UP_MS),
      });
      signedOut = answer.status === 401 || answer.status === 400;
      if (answer.status === 200) show(await answer.text());
      if (answer.status === 200 || answer.status === 204) heard = Date.now();
    } catch {
      // No connection; tick says so before long.
    } finally {
      asking = false;
      tick();
    }
  }

  function show(text) {
    const fresh = new DOMParser()
      .parseFromString(text, "text/html")
      .querySelector("[data-board-url]");
    if (!fresh) return;
    const held = chairs.contains(document.activeElement)
      ? document.activeElement.getAttribute("href")
      : null;
    Object.assign(box.dataset, fresh.dataset);
    ahead = Date.parse(box.dataset.boardNow) - Date.now();
    chairs.replaceChildren(...fresh.querySelector("[data-board-chairs]").childNodes);
    if (held)
      [...chairs.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
  }

  function tick() {
    const now = Date.now() + ahead;
    for (const minute of chairs.querySelectorAll("[data-board-since]")) {
      const text = String(Math.floor((now - Date.parse(minute.dataset.boardSince)) / 60_000));
      if (minute.textContent !== text) minute.textContent = text;
    }
    const silent = signedOut || Date.now() - heard > STALE_AFTER_MS;
    box.classList.toggle("board-old", silent);
    if (stale.hidden === !silent) return; // said once: a screen reader should not hear it every second
    stale.hidden = !silent;
    const last = clock.format(heard + ahead);
    stale.textContent = !silent
      ? ""
      : signedOut
        ? `You have been signed out. This is from ${last}. Sign in again.`
        : `No connection to the server. This is from ${last}, and renews itself once there is one.`;
  }
}
