// A questionnaire: one question at a time, each answer saved as it is given, help on the screen before anything else.
// Every question is in the page from the start, so that a lost connection stops nobody.

import { Outbox, post } from "./outbox.js";

const LAYOUT = "answers-layout";
const SAME_TAP_MS = 350; // a second tap within this time was meant for the question before
const AGAIN_MS = 4_000;
const AWAY_MS = 120_000; // longer than this without a sign of life is not time spent answering
const WORDS = {
  saved: "Saved.",
  waiting: "Not sent yet: will be sent when you are connected again. You can go on.",
  busy: "Not sent yet: the server is busy. It is tried again; you can go on.",
  "signed-out": "Not sent yet: you are signed out. Your answers are kept on this device.",
  closed: "Not sent: this check-in is closed. Your answers stay on this page for you to read.",
  refused: "An answer could not be saved. Please choose it again.",
  sending: "Sending…",
};

function remembered() {
  try {
    return localStorage.getItem(LAYOUT) === "all" ? "all" : "one";
  } catch {
    return "one";
  }
}

function remember(layout) {
  try {
    localStorage.setItem(LAYOUT, layout);
  } catch {
    // The choice then lasts for this page only.
  }
}

// Tapping an answer is a sign of life: the page must not be covered meanwhile (layouts/idle.js).
function alive() {
  try {
    localStorage.setItem("seen-at", String(Date.now()));
  } catch {
    // Then layouts/idle.js keeps its own clock.
  }
}

export function start(form) {
  const review = document.querySelector("[data-review]");
  const part = (name) => document.querySelector(`[data-${name}]`);
  const state = part("state");
  const questions = [...form.querySelectorAll("[data-question]")].map((box) => ({
    box,
    code: box.dataset.question,
    optional: "optional" in box.dataset,
    text: box.querySelector("[data-question-text]"),
    inputs: [...box.querySelectorAll("input[type=radio]")],
    panel: document.getElementById(`crisis-${box.dataset.question}`),
    told: false, // whether the crisis panel of this answer was gone through
  }));
  let layout = remembered();
  let at = 0; // the place among the questions that count; one past the last is the review
  let helping = null; // the question whose crisis panel is on the screen
  let shownAt = 0;
  let clock = performance.now();
  let byArrow = false;
  let wanted = false; // Send was pressed and waits for the connection
  let sending = false;

  const outbox = new Outbox({
    checkIn: form.dataset.checkIn,
    instrument: form.dataset.instrument,
    url: form.dataset.saveUrl,
    token: () => form.elements.csrf_token.value,
    tell,
  });

  // 1. What is answered

  const chosen = (question) => question.inputs.find((input) => input.checked);
  const value = (code) => chosen(questions.find((question) => question.code === code))?.value;
  const isPut = ({ box }) => !box.dataset.askedIf || Number(value(box.dataset.askedIf) ?? 0) >= 1;
  const counted = () => questions.filter((question) => !question.optional && isPut(question));
  const isCrisis = (question) => Boolean(chosen(question) && "crisis" in chosen(question).dataset);
  const atReview = () => at >= counted().length;

  function seconds() {
    const now = performance.now();
    const spent = Math.min(now - clock, AWAY_MS);
    clock = now;
    return Math.round(spent / 1000);
  }

  function give(question) {
    alive();
    question.told = false;
    outbox.put(question.code, chosen(question)?.value ?? "", seconds());
  }

  function takeUpWaiting() {
    const early = questions.filter(
      (question) => chosen(question) && !chosen(question).defaultChecked,
    );
    for (const entry of outbox.entries()) {
      const question = questions.find(({ code }) => code === entry.code);
      question?.inputs.forEach((input) => (input.checked = input.value === entry.value));
    }
    early.forEach(give); // chosen while this script was still on its way
  }

  // 2. What is shown

  function tell(how) {
    part("again").hidden = how !== "signed-out";
    if (state.textContent !== WORDS[how]) state.textContent = WORDS[how];
    state.classList.toggle("unsent", !["saved", "sending"].includes(how));
    if (atReview() && !["saved", "sending"].includes(how))
      state.scrollIntoView({ block: "center" });
    if (how === "saved" && wanted && !sending) send();
  }

  function show({ focus = true } = {}) {
    const list = counted();
    const all = layout === "all";
    for (const question of questions) {
      const here = question.optional ? atReview() : all ? !atReview() : question === list[at];
      question.box.hidden =
        !isPut(question) || !here || (helping !== null && !(all && !atReview()));
      const place = list.indexOf(question) + 1;
      if (place)
        question.box.querySelector("[data-place]").textContent =
          `Question ${place} of ${list.length}`;
      if (question.panel)
        question.panel.hidden =
          helping !== question &&
          !(question.panel.dataset.beside && isCrisis(question) && !question.box.hidden);
    }
    form.classList.toggle("answers-all", all);
    form.classList.toggle("answers-helping", helping !== null);
    review.hidden = !atReview() || helping !== null;
    showWays(list, all);
    if (atReview()) fillReview(list);
    if (focus) focusOn(list, all);
    shownAt = performance.now();
  }

  function showWays(list, all) {
    const progress = part("progress");
    progress.hidden = false;
    progress.max = list.length;
    progress.value = list.filter(chosen).length;
    const inSteps = !all && !atReview() && helping === null;
    part("step-back").hidden =
      helping !== null || (at === 0 && !atReview()) || (all && !atReview());
    part("next").hidden = !inSteps;
    part("next").textContent = inSteps && chosen(list[at]) ? "Next" : "Leave out";
    part("check").hidden = !all || atReview() || helping !== null;
    part("layout").hidden = helping !== null || list.length < 2;
    part("layout").textContent = all
      ? "Show one question at a time"
      : "Show all questions on one page";
  }

  function fillReview(list) {
    for (const question of questions) {
      const row = review.querySelector(`[data-row="${question.code}"]`);
      if (!row) continue;
      const input = chosen(question);
      row.hidden = !isPut(question);
      const said = row.querySelector("[data-said]");
      said.textContent = input ? input.labels[0].textContent : "Not answered";
      said.classList.toggle("missing", !input);
      row.querySelector("[data-change-word]").textContent = input ? "Change" : "Answer";
    }
    const missing = list.filter((question) => !chosen(question)).length;
    const [is, it] = missing === 1 ? ["question is", "it"] : ["questions are", "them"];
    part("missing").hidden = missing === 0;
    part("first-missing").textContent = missing === 1 ? "Answer it" : "Answer the first of them";
    part("missing").firstElementChild.textContent =
      `${missing} ${is} not answered. Answer ${it}, or leave ${it} out.`;
    part("leave-out").disabled = missing === 0;
    part("send").querySelector("button").textContent = missing ? "Leave out and send" : "Send";
  }

  function focusOn(list, all) {
    const extra = questions.find(
      (question) => question.optional && isPut(question) && !chosen(question),
    );
    const last = extra?.text ?? document.getElementById("review-title");
    const target = helping?.panel ?? (atReview() ? last : all ? null : list[at].text);
    const top = helping?.panel ?? document.querySelector(".watch");
    if (!target) return;
    target.focus({ preventScroll: true });
    top.scrollIntoView({ block: "start" });
  }

  // 3. Going from one to the next

  function go(place, { push = true } = {}) {
    helping = null;
    at = Math.max(0, Math.min(place, counted().length));
    if (push) history.pushState({ at }, "");
    show();
  }

  // The panel comes before anything else, whatever led away from the answer.
  function help(question) {
    helping = question;
    show();
  }

  function onwards() {
    const here = counted()[at];
    if (here && isCrisis(here) && !here.told) return help(here);
    return go(at + 1);
  }

  function goOn() {
    const question = helping;
    question.told = true;
    delete question.panel.dataset.beside;
    helping = null;
    if (layout === "all") {
      show({ focus: false });
      question.text.focus();
    } else go(at + 1);
  }

  form.addEventListener("keydown", ({ key }) => (byArrow = key.startsWith("Arrow")));
  form.addEventListener("pointerdown", () => (byArrow = false));

  for (const question of questions) {
    question.box.addEventListener("change", () => {
      give(question);
      if (!isCrisis(question)) return show({ focus: false });
      // Arrow keys pass over answers on their way: the panel shows at once, and takes the focus when they leave.
      if (byArrow) question.panel.dataset.beside = "yes";
      return byArrow ? show({ focus: false }) : help(question);
    });
    question.box.addEventListener("click", (event) => {
      const tapped = event.detail > 0 && question.inputs.includes(event.target);
      if (!tapped || question.optional || layout === "all" || helping) return;
      if (at > 0 && performance.now() - shownAt < SAME_TAP_MS) event.preventDefault();
      else onwards();
    });
    question.panel?.querySelector("[data-go-on]").addEventListener("click", goOn);
  }

  part("next").addEventListener("click", onwards);
  part("step-back").addEventListener("click", () =>
    go(atReview() && layout === "all" ? 0 : at - 1),
  );
  part("layout").addEventListener("click", () => {
    layout = layout === "all" ? "one" : "all";
    remember(layout);
    at = atReview() ? at : 0;
    show({ focus: false });
  });
  function goTo(question) {
    if (!question.optional) go(layout === "all" ? 0 : counted().indexOf(question));
    question.text.focus();
  }

  part("first-missing").addEventListener("click", () =>
    goTo(counted().find((question) => !chosen(question))),
  );
  review.addEventListener("click", (event) => {
    const link = event.target.closest("[data-change]");
    if (!link) return;
    event.preventDefault();
    goTo(questions.find(({ code }) => code === link.dataset.change));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault(); // Enter in a question goes on; without this script the page sends itself
    if (layout === "all") go(counted().length);
    else onwards();
  });
  window.addEventListener("popstate", ({ state: kept }) => kept && go(kept.at, { push: false }));
  document.addEventListener("visibilitychange", () => (clock = performance.now()));

  // 4. Sending

  async function send() {
    if (sending) return;
    wanted = sending = true;
    tell("sending");
    try {
      if (await outbox.flush()) await sendAll(part("send"));
    } catch {
      tell("waiting");
      setTimeout(() => wanted && send(), AGAIN_MS);
    } finally {
      sending = false;
    }
  }

  async function sendAll(last) {
    const fields = Object.fromEntries(new FormData(last));
    const answer = await post(last.action, form.elements.csrf_token.value, fields, "follow");
    wanted = false;
    if (answer.status === 401 || answer.status === 400) return tell("signed-out");
    if (!answer.ok) return last.submit(); // the server's own page says what is wrong
    outbox.forget();
    return location.assign(answer.url);
  }

  part("send").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  takeUpWaiting();
  questions.forEach((question) => (question.told = isCrisis(question)));
  document.querySelectorAll("[data-go-on]").forEach((button) => (button.hidden = false));
  const named = counted().findIndex(({ box }) => `#${box.id}` === location.hash);
  const open = counted().findIndex((question) => !chosen(question));
  at = named >= 0 ? named : open >= 0 ? open : counted().length;
  history.replaceState({ at }, "");
  form.classList.add("answers-live");
  const first = document.querySelector("[data-focus-first]");
  show({ focus: false });
  if (first) first.focus();
  outbox.flush();
}
