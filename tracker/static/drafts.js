// Keep what is typed on the server while it is typed. Saving a draft is no sign of life: it never renews the idle clock.

const EVERY_MS = 5_000; // at most this much typing is lost with the tab
const RETRY_MS = 15_000;
const STALLED_MS = 10_000; // a submit that has not left the page by then was stopped

function body(form) {
  const neverKept = form.dataset.draftNever.split(" ");
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (!neverKept.includes(name) && typeof value === "string") fields.append(name, value);
  }
  return fields.toString();
}

const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

function problem(answer) {
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403 || answer.status === 400) {
    return "Not saved: you are signed out. What you typed is kept on this page.";
  }
  if (answer.status === 409) return "Not saved: a newer draft of this form is open elsewhere. This page keeps its text.";
  return answer.ok ? "" : "Not saved: the server is busy. What you typed is kept on this page.";
}

export function start(form) {
  const status = form.querySelector("[data-draft-status]");
  let saved = body(form);
  let timer = 0;
  let leaving = false;
  let running = null;
  let underWay = null; // hiding and leaving a page often come together: one sending is enough

  function say(text, bad) {
    if (!status || status.textContent === text) return;
    status.textContent = text;
    status.classList.toggle("unsaved", bad);
  }

  async function send(text, keepalive) {
    const request = {
      method: "POST",
      body: text,
      redirect: "manual",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        "X-CSRFToken": form.elements.csrf_token?.value ?? "",
      },
      signal: running.signal,
    };
    try {
      return await fetch(form.dataset.draftUrl, { ...request, keepalive });
    } catch (error) {
      if (!keepalive || error.name === "AbortError") throw error;
      return fetch(form.dataset.draftUrl, request); // browsers refuse keepalive above 64 KiB
    }
  }

  async function save(keepalive = false) {
    clearTimeout(timer);
    timer = 0;
    const text = body(form);
    if (leaving || text === saved || text === underWay) return;
    running?.abort();
    running = new AbortController();
    underWay = text;
    let wrong = "Not saved: no connection, kept on this page.";
    try {
      wrong = problem(await send(text, keepalive));
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    underWay = null;
    if (!wrong) saved = text;
    say(wrong || `Draft saved ${clock()}`, Boolean(wrong));
    form.toggleAttribute("data-unsaved", body(form) !== saved);
    if (body(form) !== saved) later(wrong ? RETRY_MS : EVERY_MS);
  }

  function later(wait = EVERY_MS) {
    if (!timer && !leaving) timer = setTimeout(save, wait);
  }

  function changed() {
    form.toggleAttribute("data-unsaved", body(form) !== saved);
    later();
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  // The form itself is now on its way: a draft arriving after it would raise what was just saved from the dead.
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
    timer = 0;
    underWay = null;
    running?.abort();
    setTimeout(() => (leaving = false), STALLED_MS);
  });
  document.addEventListener("visibilitychange", () => document.hidden && save(true));
  window.addEventListener("pagehide", () => save(true));
  window.addEventListener("online", () => save());
  window.addEventListener("pageshow", () => (leaving = false));
}
