// What every page does; the rest is fetched only where its hook stands in the page.

import { start as startAppearance } from "./appearance.js";

// A download leaves the page standing, so its button must wake again.
const RESEND_AFTER_MS = 10_000;

startAppearance();
focusProblems();
startMenu();
document.addEventListener("submit", signOutOfDevice);
document.addEventListener("submit", sendOnce);
document.querySelectorAll("[data-back]").forEach(startBack);
document.querySelectorAll("input[type=password]").forEach(startReveal);

const HOOKS = {
  "[data-picture]": "../components/enlarge.js",
  "[data-scale]": "../components/scale.js",
  "[data-choices]": "../components/choices.js",
  "[data-dose]": "../sessions/dose.js",
  "[data-gate-dose]": "../checklists/dose_steps.js",
  "[data-fill]": "../components/fill.js",
  "[data-fold]": "../components/fold.js",
  "[data-typed]": "../components/picker.js",
  "[data-paper]": "../scores/paper.js",
  "[data-rows]": "../eligibility/rows.js",
  "[data-series-plan]": "../series/preview.js",
  "[data-typeahead]": "../components/typeahead.js",
  "[data-diary]": "../diary/send.js",
  "[data-draft-url]": "../components/drafts.js",
  "body[data-page-draft-url]": "../components/page_drafts.js",
  "[data-answers]": "../answers/questions.js",
  "[data-answers-sent]": "../answers/outbox.js",
  "[data-alerts-url]": "../alerts/panel.js",
  "[data-board-url]": "../today/board.js",
  "[data-codes]": "../account/codes.js",
  "[data-passkey]": "../passkeys/asking.js",
  "[data-live]": "../live/chair.js",
  "[data-live-shell]": "../live/shell.js",
  "[data-patient-shell]": "../offline/patient_shell.js",
  "[data-shortcuts]": "./shortcuts.js",
  "body[data-idle-minutes]": "./idle.js",
};
startHooks();
if (document.body.dataset.person && isKeeping())
  import("../offline/take_up.js").then(({ start }) => start(document.body));

// Again for a page that was put into this one (offline/patient_shell.js).
export function startHooks() {
  const [starts, root] = [[], document.documentElement];
  for (const [hook, module] of Object.entries(HOOKS)) {
    const found = document.querySelectorAll(hook);
    if (found.length > 0) starts.push(import(module).then(({ start }) => found.forEach(start)));
  }
  Promise.allSettled(starts).then(() => root.setAttribute("data-started", "")); // tests wait for it
}

function focusProblems() {
  const box = document.getElementById("error-summary") ?? document.getElementById("findings");
  box?.focus();
}

function startMenu() {
  const button = document.querySelector("[data-menu-button]");
  button?.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
  });
  const menus = document.querySelectorAll("details[data-closes]");
  document.addEventListener("click", ({ target }) => {
    menus.forEach((menu) => menu.contains(target) || menu.removeAttribute("open"));
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    menus.forEach((menu) => {
      if (menu.open && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.removeAttribute("open");
    });
  });
}

// A second press is ignored, not barred: without this script the one-time key of the form does the
// same.
function sendOnce(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  const wake = () => {
    delete form.dataset.sent;
    window.removeEventListener("pageshow", wake);
  };
  window.addEventListener("pageshow", wake);
  setTimeout(wake, RESEND_AFTER_MS);
}

// What was written in a session or by a patient, and pages that are kept (offline/vault.js), go with
// whoever signs out, wherever that happens; it asks first when something was not sent yet.
function signOutOfDevice(event) {
  const form = event.target;
  if (!isSignOut(form) || form.dataset.left || !isKeeping()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  // The server's answer clears it too.
  import("../offline/sign_out.js").then(({ signOut }) => signOut(form)).catch(() => form.submit());
}

function isSignOut(form) {
  // A field may be called action.
  return form.getAttribute("action")?.endsWith("/sign-out") ?? false;
}

// Whether this browser keeps anything of a session, or of a patient.
function isKeeping() {
  try {
    return ["chair-waiting", "kept-for"].some((name) => localStorage.getItem(name) !== null);
  } catch {
    return false;
  }
}

function startBack(button) {
  if (history.length < 2) return;
  button.hidden = false;
  button.addEventListener("click", () => history.back());
}

// A checkbox without a name: it is never sent, and Enter in the field still presses the form's own
// button.
function startReveal(input) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.className = "form-check-input";
  const label = document.createElement("label");
  label.className = "reveal";
  label.append(box, " Show password");
  box.addEventListener("change", () => (input.type = box.checked ? "text" : "password"));
  input.form?.addEventListener("submit", () => (input.type = "password"));
  input.after(label);
}
