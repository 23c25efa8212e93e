// The page of a session when no server answers: made from what this browser kept of it, sealed. The
// page itself is of nobody; without a key, or after too long without use, it shows nothing.

import { lastSign, start as startIdleClock } from "../layouts/idle.js";
import { lastPerson, openVault } from "../offline/vault.js";
import { run } from "./chair.js";

const AGAIN_MS = 5_000;

export async function start(box) {
  const session = location.pathname.match(/\/sessions\/(\d+)\/live\//)?.[1] ?? "";
  const person = await lastPerson().catch(() => "");
  const vault = person ? await openVault(person) : null;
  const stored = await vault?.getSession(session);
  if (!stored || isTooOld(stored)) return waitForServer();
  const { chair } = stored;
  const { idleMinutes, aliveUrl } = chair;
  document.querySelector("h1").textContent = chair.label;
  document.querySelector("[data-shell-lede]").textContent = chair.lede;
  document.title = chair.title;
  Object.assign(document.body.dataset, { idleMinutes, aliveUrl, person });
  box.hidden = false;
  document.querySelector("[data-shell-nothing]").hidden = true;
  startIdleClock(document.body);
  run({ box, chair, vault, stored });
}

// The time-out holds without a server too: whoever finds the tablet must not read it.
function isTooOld({ chair, keptAt }) {
  const limit = chair.idleMinutes * 60_000;
  const seen = lastSign() || keptAt;
  return Date.now() - seen > limit || seen > Date.now() + limit;
}

// Nothing to show: ask for the page itself until there is an answer.
function waitForServer() {
  setInterval(async () => {
    const answer = await fetch("/healthz").catch(() => null);
    if (answer?.ok) location.reload();
  }, AGAIN_MS);
}
