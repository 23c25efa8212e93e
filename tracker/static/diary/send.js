// What a patient writes is kept on the device, sealed, until the server has it: typed without a
// connection, or on a page that was closed, it is there again and is sent once (one-time key).

import { asServed, keepPage } from "../offline/pages.js";
import { fieldsOf, fill, isBlank, send, Words } from "./words.js";

const TYPED_MS = 300; // at most this much typing is lost with the tab
const AGAIN_MS = 5_000;
const PATIENCE_MS = 8_000;
const KEPT = "Your words are kept on this device, and sent when you are connected again.";
const HERE_ONLY = "Your words are kept on this page only: do not close it.";
const WORDS = {
  away: "Not sent yet: no connection.",
  busy: "Not sent yet: the clinic’s server is busy.",
  other: "Not sent: somebody else is signed in now.",
  sending: "Sending…",
  back: "What you typed is back. It is not sent yet.",
  keeping: "No connection: it is not thrown away yet. Try again when you are connected.",
};

export async function start(form) {
  const { person, aliveUrl } = document.body.dataset;
  if (!person) return;
  const served = asServed();
  const sending = new Sending(form, { person, aliveUrl });
  const words = await sending.open();
  if (words.isLasting) form.dataset.away = "No connection: kept on this device.";
  keepPage(words.vault, served, form);
}

class Sending {
  #form;
  #who;
  #status;
  #words = null;
  #opened = null;
  #timer = 0;
  #again = 0;
  #wanted = false; // Send was pressed, and nothing changed since
  #isSending = false;
  #isSure = false; // the form leaves the page as any other does

  constructor(form, who) {
    this.#form = form;
    this.#who = who;
    this.#status = form.querySelector("[data-diary-status]");
    form.addEventListener("submit", (event) => this.#submit(event));
    form.addEventListener("input", () => this.#changed());
    form.addEventListener("change", () => this.#changed());
    document.addEventListener("visibilitychange", () => document.hidden && this.#keepTyped());
    window.addEventListener("pagehide", () => this.#keepTyped());
    window.addEventListener("online", () => this.#retry());
    window.addEventListener("pageshow", () => (this.#isSure = false));
  }

  // Take up what was typed here before.
  open() {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async #open() {
    this.#words = await Words.open(this.#who.person);
    const found = this.#words.find(location.pathname);
    // A page that says what is wrong has everything that was sent; opened again, it is asked for
    // and not sent once more.
    if (document.getElementById("error-summary")) {
      history.replaceState(null, "", location.href);
      await this.#put(this.#words);
    } else if (found && !this.#timer) this.#takeUp(found);
    return this.#words;
  }

  #takeUp({ fields, wanted, refused }) {
    const isNew = ([name]) => refused && (name === "once" || name === "pressed_at");
    fill(
      this.#form,
      fields.filter((field) => !isNew(field)),
    );
    this.#wanted = wanted;
    if (wanted) this.#retry();
    else this.#say("back");
  }

  #say(state, after = "") {
    this.#status.textContent = [WORDS[state] ?? "", after].filter(Boolean).join(" ");
  }

  // 1. What is typed

  #changed() {
    if (this.#wanted) this.#say("");
    this.#wanted = false;
    clearTimeout(this.#again);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keepTyped(), TYPED_MS);
  }

  #keepTyped() {
    if (!this.#timer || this.#isSending || this.#isSure) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#keep();
  }

  async #keep(refused = false) {
    return this.#put(await this.open(), refused);
  }

  #put(words, refused = false) {
    const path = location.pathname;
    const fields = fieldsOf(this.#form);
    if (isBlank(fields)) return words.remove(path);
    return words.put({ path, fields, wanted: this.#wanted, refused });
  }

  // 2. Sending

  #retry() {
    clearTimeout(this.#again);
    if (this.#wanted && !this.#isSending) this.#form.requestSubmit(); // no draft is saved meanwhile
  }

  async #submit(event) {
    if (this.#isSure) return;
    event.preventDefault();
    if (event.submitter?.hasAttribute("formaction")) return this.#discard(event);
    if (this.#isSending) return;
    this.#isSending = true;
    clearTimeout(this.#timer);
    this.#timer = 0;
    // When it was told, however late it arrives.
    if (!this.#wanted) this.#form.elements.pressed_at.value = new Date().toISOString();
    this.#wanted = true;
    this.#say("sending");
    await this.#keep(); // first on the device, then out
    const result = await this.#send();
    this.#isSending = false;
    await this.#settle(result);
  }

  #send() {
    const token = this.#form.elements.csrf_token.value;
    return send(location.pathname, fieldsOf(this.#form), { ...this.#who, token });
  }

  async #settle(result) {
    if (result === "") {
      this.#isSure = true; // nothing of it is kept on the way out
      await this.#words.remove(location.pathname);
      return location.assign(this.#form.dataset.diary);
    }
    if (result === "signed-out" || result === "refused") return this.#leave(result);
    if (result !== "other") this.#again = setTimeout(() => this.#retry(), AGAIN_MS);
    // The browser may have thrown its store away meanwhile: it is made anew, or the page says so.
    await this.#words.vault.waiting().catch(() => {});
    return this.#say(result, this.#words.isLasting ? KEPT : HERE_ONLY);
  }

  // The server's own page says what is wrong, or asks to sign in and keeps what came.
  async #leave(result) {
    if (result === "refused") {
      this.#wanted = false;
      await this.#keep(true);
    }
    this.#isSure = true;
    this.#form.requestSubmit();
  }

  async #discard({ submitter }) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(this.#who.aliveUrl, { redirect: "manual", signal }).catch(
      () => null,
    );
    if (!answer) return this.#say("keeping");
    this.#wanted = false;
    this.#isSure = true;
    clearTimeout(this.#timer);
    await (await this.open()).remove(location.pathname);
    return this.#form.requestSubmit(submitter);
  }
}
