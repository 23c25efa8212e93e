// A questionnaire: one question at a time, each answer saved as it is given, help on the screen
// before anything else; Send stands under the last question. Every question is in the page from the
// start, so that a lost connection stops nobody; the page itself is kept, sealed, for a reload.

import { post } from "../components/post.js";
import { renew } from "../layouts/idle.js";
import { find } from "../layouts/out_of_sight.js";
import { asServed, keepPage } from "../offline/pages.js";
import { Outbox } from "./outbox.js";
import { Question } from "./question.js";
import { Review } from "./review.js";

const LAYOUT = "answers-layout";
const SAME_TAP_MS = 350; // a second tap within this time was meant for the question before
const AGAIN_MS = 4_000;
const AWAY_MS = 120_000; // longer than this without a sign of life is not time spent answering
const WORDS = {
  saved: "Saved.",
  waiting: "Not sent yet: will be sent when you are connected again. You can go on.",
  busy: "Not sent yet: the server is busy. It is tried again; you can go on.",
  "signed-out": "Not sent yet: you are signed out. Your answers are kept on this device.",
  "signed-out-here": "Not sent yet: you are signed out. Sign in again in another tab.",
  closed: "Not sent: this check-in is closed. Your answers stay on this page for you to read.",
  refused: "An answer could not be saved. Please choose it again.",
  sending: "Sending…",
};

const HERE_ONLY = "Your answers are kept on this page only: do not close it.";

function readLayout() {
  try {
    return localStorage.getItem(LAYOUT) === "all" ? "all" : "one";
  } catch {
    return "one";
  }
}

function writeLayout(layout) {
  try {
    localStorage.setItem(LAYOUT, layout);
  } catch {
    // The choice then lasts for this page only.
  }
}

const part = (name) => find(`[data-${name}]`);

export async function start(form) {
  const served = asServed();
  const { checkIn, instrument, saveUrl: url } = form.dataset;
  const token = () => form.elements.csrf_token.value;
  const outbox = await Outbox.open({ checkIn, instrument, url, token });
  const kept = keepPage(outbox.vault, served, form);
  outbox.onTaken = ({ code, value }) => kept.answer(`answer-${code}`, value);
  new Questionnaire(form, outbox, kept);
}

class Questionnaire {
  #form;
  #questions;
  #review;
  #outbox;
  #kept;
  #layout = readLayout();
  #at = 0; // the place among the questions that count; one past the last is the review
  #helping = null; // the question whose crisis panel is on the screen
  #shownAt = 0;
  #clock = performance.now();
  #byArrow = false;
  #isChanging = false; // somebody came back from the end to change an answer
  #wantsToSend = false; // Send was pressed and waits for the connection
  #isSending = false;

  constructor(form, outbox, kept) {
    this.#form = form;
    this.#kept = kept;
    const boxes = [...form.querySelectorAll("[data-question]")];
    this.#questions = boxes.map((box) => new Question(box));
    this.#review = new Review({
      onChange: (code) => this.#goTo(this.#question(code)),
      onAnswerMissing: () => this.#goTo(this.#required.find((question) => !question.chosen)),
    });
    this.#outbox = outbox;
    outbox.onState = (state) => this.#say(state);
    this.#listen();
    this.#begin();
  }

  #listen() {
    const form = this.#form;
    form.addEventListener("keydown", ({ key }) => (this.#byArrow = key.startsWith("Arrow")));
    form.addEventListener("pointerdown", () => (this.#byArrow = false));
    form.addEventListener("submit", (event) => {
      // Enter in a question goes on; without this script the page sends itself.
      event.preventDefault();
      if (!this.#isAll && !this.#isReview) this.#goOn();
    });
    for (const question of this.#questions) {
      question.box.addEventListener("change", () => this.#answer(question));
      question.box.addEventListener("click", (event) => this.#tap(event, question));
      const button = question.panel?.querySelector("[data-go-on]");
      button?.addEventListener("click", () => this.#endHelp());
    }
    this.#listenToWays();
  }

  #listenToWays() {
    part("next").addEventListener("click", () => this.#goOn());
    part("step-back").addEventListener("click", () => {
      this.#go(this.#placeBefore);
    });
    part("layout").addEventListener("click", () => this.#changeLayout());
    part("send").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    window.addEventListener(
      "popstate",
      ({ state }) => state && this.#go(state.at, { push: false }),
    );
    document.addEventListener("visibilitychange", () => (this.#clock = performance.now()));
  }

  #begin() {
    this.#takeUpWaiting();
    const first = part("focus-first"); // help that the server put first, for answers that it knows
    const urgent = first ? null : this.#questions.find(({ isCrisis }) => isCrisis);
    for (const question of this.#questions)
      question.helpIsDone = question.isCrisis && question !== urgent;
    for (const button of document.querySelectorAll("[data-go-on]")) button.hidden = false;
    this.#at = urgent ? Math.max(0, this.#required.indexOf(urgent)) : this.#firstPlace();
    history.replaceState({ at: this.#at }, "");
    this.#form.classList.add("answers-live");
    if (urgent) this.#help(urgent);
    else this.#show({ focus: false });
    first?.focus();
    this.#outbox.flush();
  }

  // The question that the address names, else the first that is open, else the review.
  #firstPlace() {
    const required = this.#required;
    const named = required.findIndex(({ box }) => `#${box.id}` === location.hash);
    if (named >= 0) return named;
    const open = required.findIndex((question) => !question.chosen);
    return open >= 0 ? open : required.length;
  }

  // 1. What is answered

  #question(code) {
    return this.#questions.find((question) => question.code === code);
  }

  get #applicable() {
    const isAsked = ({ askedIf }) => !askedIf || Number(this.#question(askedIf).value) >= 1;
    return this.#questions.filter(isAsked);
  }

  get #required() {
    return this.#applicable.filter(({ isOptional }) => !isOptional);
  }

  get #isAll() {
    return this.#layout === "all";
  }

  get #isReview() {
    return this.#at >= this.#required.length;
  }

  // At the end the last question is still in sight, unless others may be answered there.
  get #placeBefore() {
    const isLast = this.#isReview && this.#isHere(this.#required.at(-1), this.#required);
    return this.#at - (isLast ? 2 : 1);
  }

  #secondsSpent() {
    const now = performance.now();
    const spent = Math.min(now - this.#clock, AWAY_MS);
    this.#clock = now;
    return Math.round(spent / 1000);
  }

  #save(question) {
    renew(); // the page must not be covered meanwhile
    question.helpIsDone = false;
    this.#outbox.put(question.code, question.value, this.#secondsSpent());
  }

  #takeUpWaiting() {
    const early = this.#questions.filter(({ isChosenEarly }) => isChosenEarly);
    for (const { code, value } of this.#outbox.entries) this.#question(code)?.choose(value);
    for (const question of early) this.#save(question);
  }

  #answer(question) {
    this.#save(question);
    if (question.isCrisis && !this.#byArrow) return this.#help(question);
    if (question.isCrisis) question.panel.dataset.beside = "yes";
    return this.#show({ focus: false });
  }

  #tap(event, question) {
    const isTap = event.detail > 0 && question.has(event.target);
    if (!isTap || question.isOptional || this.#isAll || this.#isReview || this.#helping) return;
    if (this.#at > 0 && performance.now() - this.#shownAt < SAME_TAP_MS) event.preventDefault();
    else this.#goOn();
  }

  // 2. What is shown

  #say(state) {
    const isUnsent = !["saved", "sending"].includes(state);
    const place = part("state");
    const isInPageOnly = isUnsent && !this.#outbox.isLasting;
    const here = `${WORDS[`${state}-here`] ?? WORDS[state]} ${HERE_ONLY}`;
    const words = isInPageOnly ? here : WORDS[state];
    part("again").hidden = state !== "signed-out";
    if (place.textContent !== words) place.textContent = words;
    place.classList.toggle("unsent", isUnsent);
    if (this.#isReview && isUnsent) place.scrollIntoView({ block: "center" });
    if (state === "saved" && this.#wantsToSend && !this.#isSending) this.#send();
  }

  #show({ focus = true } = {}) {
    const required = this.#required;
    for (const question of this.#questions) this.#showQuestion(question, required);
    this.#form.classList.toggle("answers-all", this.#isAll);
    this.#form.classList.toggle("answers-helping", this.#helping !== null);
    this.#showWays(required);
    const isAtEnd = this.#isReview || this.#isAll;
    if (isAtEnd && !this.#helping) this.#review.show(this.#questions, this.#applicable, required);
    else this.#review.hide();
    if (focus) this.#focus(required);
    this.#shownAt = performance.now();
  }

  #showQuestion(question, required) {
    const isHere = this.#isHere(question, required) && this.#applicable.includes(question);
    const isCovered = this.#helping !== null && !this.#isAll;
    question.box.hidden = !isHere || isCovered;
    const place = required.indexOf(question) + 1;
    if (place) question.place(place, required.length);
    question.showPanel(this.#helping === question || question.isHelpBeside);
  }

  #isHere(question, required) {
    if (this.#isAll) return true;
    if (question.isOptional) return this.#isReview;
    const isLast = this.#isReview && !this.#applicable.some(({ isOptional }) => isOptional);
    return question === (isLast ? required.at(-1) : required[this.#at]);
  }

  #showWays(required) {
    const isHelping = this.#helping !== null;
    const isStep = !this.#isAll && !this.#isReview && !isHelping;
    this.#showProgress(required);
    part("step-back").hidden = isHelping || this.#isAll || this.#placeBefore < 0;
    part("next").hidden = !isStep;
    part("next").textContent = isStep && required[this.#at].chosen ? "Next" : "Leave out";
    part("check").hidden = true;
    part("layout").hidden = isHelping || required.length < 2;
    part("layout").textContent = this.#isAll
      ? "Show one question at a time"
      : "Show all questions on one page";
  }

  #showProgress(required) {
    const progress = part("progress");
    progress.hidden = false;
    progress.max = required.length;
    progress.value = required.filter(({ chosen }) => chosen).length;
  }

  #focus(required) {
    const target = this.#helping?.panel ?? this.#focusTarget(required);
    if (!target) return;
    target.focus({ preventScroll: true });
    if (target.id === "review-title") return part("send").scrollIntoView({ block: "nearest" });
    const top = this.#helping?.panel ?? document.querySelector(".watch");
    top.scrollIntoView({ block: "start" });
  }

  #focusTarget(required) {
    if (this.#isAll) return null;
    if (!this.#isReview) return required[this.#at].text;
    const open = this.#applicable.find(({ isOptional, chosen }) => isOptional && !chosen);
    return open?.text ?? document.getElementById("review-title");
  }

  #changeLayout() {
    this.#layout = this.#isAll ? "one" : "all";
    writeLayout(this.#layout);
    this.#show({ focus: false });
  }

  // 3. Going from one to the next

  #go(place, { push = true } = {}) {
    this.#helping = null;
    this.#at = Math.max(0, Math.min(place, this.#required.length));
    if (push) history.pushState({ at: this.#at }, "");
    this.#show();
  }

  #goTo(question) {
    if (!question.isOptional && !this.#isAll) {
      this.#isChanging = true;
      this.#go(this.#required.indexOf(question));
    }
    question.text.focus();
  }

  // The panel comes before anything else, whatever led away from the answer.
  #help(question) {
    this.#helping = question;
    this.#show();
  }

  #goOn() {
    const here = this.#required[this.#at];
    if (here?.isCrisis && !here.helpIsDone) this.#help(here);
    else this.#go(this.#nextPlace());
  }

  // Whoever changed one answer goes back to the end, and not through all the others.
  #nextPlace() {
    const isBack = this.#isChanging && this.#required.every(({ chosen }) => chosen);
    if (isBack) this.#isChanging = false;
    return isBack ? this.#required.length : this.#at + 1;
  }

  #endHelp() {
    const question = this.#helping;
    question.helpIsDone = true;
    delete question.panel.dataset.beside;
    this.#helping = null;
    if (!this.#isAll) return this.#go(this.#nextPlace());
    this.#show({ focus: false });
    return question.text.focus();
  }

  // 4. Sending

  async #send() {
    if (this.#isSending) return;
    this.#wantsToSend = this.#isSending = true;
    this.#say("sending");
    try {
      if (await this.#outbox.flush()) await this.#sendAll(part("send"));
    } catch {
      this.#say("waiting");
      setTimeout(() => this.#wantsToSend && this.#send(), AGAIN_MS);
    } finally {
      this.#isSending = false;
    }
  }

  async #sendAll(form) {
    const fields = Object.fromEntries(new FormData(form));
    const token = this.#form.elements.csrf_token.value;
    const answer = await post(form.action, token, fields, "follow");
    this.#wantsToSend = false;
    if (answer.status === 401 || answer.status === 400) return this.#say("signed-out");
    if (!answer.ok) return form.submit(); // the server's own page says what is wrong
    await this.#outbox.forget();
    await this.#kept.remove();
    return location.assign(answer.url);
  }
}
