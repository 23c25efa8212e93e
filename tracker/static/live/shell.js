// The page of a session when no server answers: made from what this browser kept of it, sealed. The page itself is of
// nobody; without a key, or after too long without use, it shows nothing.

import { lastPerson, openVault } from "../offline/vault.js";
import { run } from "./chair.js";

const AGAIN_MS = 5_000;

export async function start(box) {
  const session = location.pathname.match(/\/sessions\/(\d+)\/live\//)?.[1] ?? "";
  const person = await lastPerson().catch(() => "");
  const vault = person ? await openVault(person) : null;
  const kept = await vault?.kept(session);
  if (!kept || tooLong(kept)) return comeBack();
  const { chair } = kept;
  document.querySelector("h1").textContent = chair.label;
  document.querySelector("[data-shell-lede]").textContent = chair.lede;
  document.title = chair.title;
  Object.assign(document.body.dataset, {
    idleMinutes: chair.idleMinutes,
    aliveUrl: chair.aliveUrl,
    person,
  });
  box.hidden = false;
  document.querySelector("[data-shell-nothing]").hidden = true;
  import("../layouts/idle.js").then((idle) => idle.start(document.body));
  return run(box, chair, vault, kept);
}

// The time-out holds without a server too: whoever finds the tablet must not read it.
function tooLong({ chair, keptAt }) {
  const limit = chair.idleMinutes * 60_000;
  let seen = keptAt;
  try {
    seen = Number(localStorage.getItem("seen-at")) || keptAt;
  } catch {
    // Then the time it was kept decides.
  }
  return Date.now() - seen > limit || seen > Date.now() + limit;
}

// Nothing to show: ask for the page itself until there is an answer.
function comeBack() {
  setInterval(async () => {
    const answer = await fetch("/healthz").catch(() => null);
    if (answer?.ok) location.reload();
  }, AGAIN_MS);
}
