// A page of a patient when no server answers: made from what this browser kept of it, sealed. The
// page itself is of nobody; after too long without use, or for somebody else, it shows nothing.

import { startHooks } from "../layouts/page.js";
import { findPage } from "./pages.js";
import { waitForServer } from "./shells.js";

export async function start() {
  const page = await findPage(location.pathname).catch(() => null);
  if (!page) return waitForServer();
  const { person, aliveUrl, idleMinutes } = page;
  // Whoever came by a link has no time-out on the page, with a connection neither.
  if (person) Object.assign(document.body.dataset, { person, aliveUrl, idleMinutes });
  document.title = page.title;
  const sheet = document.querySelector("main .sheet");
  sheet.innerHTML = page.html; // as our own server escaped it
  for (const [name, value] of Object.entries(page.answers)) choose(sheet, name, value);
  startHooks();
}

// As the server would give the page now: these are no news to it.
function choose(sheet, name, value) {
  for (const input of sheet.querySelectorAll("input[type=radio]")) {
    if (input.name === name) input.toggleAttribute("checked", input.value === value);
  }
}
