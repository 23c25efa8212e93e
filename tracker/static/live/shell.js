// The page of a session when no server answers: made from what this browser kept of it, sealed. The
// page itself is of nobody; without a key, or after too long without use, it shows nothing.

import { start as startIdleClock } from "../layouts/idle.js";
import { isTooOld, waitForServer } from "../offline/shells.js";
import { lastPerson, openVault } from "../offline/vault.js";
import { run } from "./chair.js";

export async function start(box) {
  const session = location.pathname.match(/\/sessions\/(\d+)\/live\//)?.[1] ?? "";
  const person = await lastPerson().catch(() => "");
  const vault = person ? await openVault(person) : null;
  const stored = await vault?.getSession(session);
  if (!stored) return waitForServer();
  const { chair, keptAt } = stored;
  const { idleMinutes, aliveUrl } = chair;
  if (isTooOld({ idleMinutes, keptAt })) return waitForServer();
  document.querySelector("h1").textContent = chair.label;
  document.querySelector("[data-shell-lede]").textContent = chair.lede;
  document.title = chair.title;
  Object.assign(document.body.dataset, { idleMinutes, aliveUrl, person });
  box.hidden = false;
  document.querySelector("[data-shell-nothing]").hidden = true;
  startIdleClock(document.body);
  run({ box, chair, vault, stored });
}
