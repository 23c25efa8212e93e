// Warn before the idle time-out, then cover the page: whoever walks past must not read it, and nothing typed is lost.

const WARN_BEFORE_MS = 2 * 60_000;
const LOOK_EVERY_MS = 5_000;
const KEY = "seen-at"; // shared by all tabs: a time, nothing clinical

function seenAt(fallback) {
  try {
    const shared = Number(localStorage.getItem(KEY)) || 0;
    return shared > Date.now() ? fallback : Math.max(fallback, shared); // a clock set back must not hold the page open
  } catch {
    return fallback;
  }
}

// A sign of life. Sessions count what is typed as one (live/chair.js), polls and autosaves are none.
export function renewed() {
  const now = Date.now();
  try {
    localStorage.setItem(KEY, String(now));
  } catch {
    // Without storage each tab keeps its own clock.
  }
  return now;
}

function adopt(token) {
  document.querySelectorAll("input[name=csrf_token]").forEach((input) => (input.value = token));
  document.querySelector("meta[name=csrf-token]")?.setAttribute("content", token);
}

// Ask whether the same person is (again) signed in; renews the clock on the server.
async function alive(body) {
  const answer = await fetch(body.dataset.aliveUrl, {
    redirect: "manual",
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) return "You are not signed in yet.";
  const { csrf_token: token, person } = await answer.json();
  if (person !== body.dataset.person)
    return "Somebody else is signed in now. This page stays covered.";
  adopt(token);
  return "";
}

export function start(body) {
  const limit = Number(body.dataset.idleMinutes) * 60_000;
  const bar = document.getElementById("idle-bar");
  const text = bar.querySelector("[data-idle-text]");
  const cover = document.getElementById("idle-cover");
  const coverText = cover.querySelector("[data-cover-text]");
  let mine = renewed();
  let covered = false;

  function warn(left) {
    const minutes = Math.ceil(left / 60_000);
    const kept = document.querySelector("[data-draft-url]") ? "; what you typed is kept" : "";
    const words = `You will be signed out in ${minutes} ${minutes === 1 ? "minute" : "minutes"}${kept}.`;
    bar.hidden = false;
    if (text.textContent !== words) text.textContent = words;
  }

  function look() {
    const left = seenAt(mine) + limit - Date.now();
    if (left <= 0) {
      bar.hidden = true;
      covered = true;
      if (!cover.open) cover.showModal();
    } else if (left <= Math.min(WARN_BEFORE_MS, limit / 2)) {
      warn(left);
    } else {
      bar.hidden = true;
    }
  }

  async function carryOn() {
    let wrong;
    try {
      wrong = await alive(body);
    } catch {
      wrong = "No connection. Try again in a moment.";
    }
    coverText.textContent = wrong;
    if (wrong) {
      if (!cover.open) text.textContent = wrong;
      return;
    }
    mine = renewed();
    covered = false;
    bar.hidden = true;
    if (cover.open) cover.close();
  }

  document
    .querySelectorAll("[data-idle-continue]")
    .forEach((button) => button.addEventListener("click", carryOn));
  // Escape must not lift the cover, nor the gesture that closes dialogs on a phone.
  document.addEventListener(
    "keydown",
    (event) => covered && event.key === "Escape" && event.preventDefault(),
  );
  cover.addEventListener("close", () => covered && cover.showModal());
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_EVERY_MS);
  look();
}
