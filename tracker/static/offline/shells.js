// What the pages of nobody share that stand in for a page when no server answers.

import { lastSign } from "../layouts/idle.js";

const AGAIN_MS = 5_000;

// The time-out holds without a server too: whoever finds the device must not read it.
export function isTooOld({ idleMinutes, keptAt }) {
  const limit = idleMinutes * 60_000;
  const seen = lastSign() || keptAt;
  return Date.now() - seen > limit || seen > Date.now() + limit;
}

// Nothing to show: ask for the page itself until there is an answer.
export function waitForServer() {
  setInterval(async () => {
    const answer = await fetch("/healthz").catch(() => null);
    if (answer?.ok) location.reload();
  }, AGAIN_MS);
}
