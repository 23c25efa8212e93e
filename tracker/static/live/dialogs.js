// The dialogs that entries are written on: one at a time, in place of the buttons; nothing typed
// goes by itself.

import { drawKey } from "../offline/queue.js";
import { wordsOf } from "./entry_text.js";
import { Fields } from "./fields.js";
import { When } from "./when.js";

const NOT_KEPT = "This could not be kept on this device. Leave the page open and press Save again.";
const FIRST = ":is([data-first] input, [data-first] textarea):enabled";

export class Dialogs {
  open = null; // { key, name, form, fields, when, fixed, line }
  #box;
  #buttons;
  #chair;
  #dialogs = new Map();
  #opener = null;

  constructor({ box, buttons, chair, onSave, onInput }) {
    this.#box = box;
    this.#buttons = buttons;
    this.#chair = chair;
    for (const form of box.querySelectorAll("form[data-dialog]")) {
      const fields = new Fields(form, chair);
      const when = new When(form.querySelector("[data-when]"), chair);
      this.#dialogs.set(form.dataset.dialog, { name: form.dataset.dialog, form, fields, when });
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#save(onSave);
      });
      form.addEventListener("input", onInput);
      form.querySelector("[data-cancel]").addEventListener("click", () => this.close());
      form.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    }
  }

  // `fixed` is content that is not typed, such as what is done with an infusion; `line` is what is
  // corrected. The key of the entry is drawn now: a dialog that comes back after it was saved makes
  // no second entry.
  show(
    name,
    { fixed = {}, content = {}, title = "", line = null, problems = [], key = drawKey() } = {},
  ) {
    const dialog = this.#dialogs.get(name);
    this.#opener ??= document.activeElement;
    this.#dialogs.forEach(({ form }) => (form.hidden = true));
    this.open = { ...dialog, key, fixed, line };
    const { form, fields, when } = dialog;
    form.hidden = false;
    this.#buttons.hidden = true;
    for (const part of form.querySelectorAll("[data-only]")) {
      part.hidden = !part.dataset.only.split(" ").includes(fixed.action);
      part.querySelectorAll("input, select").forEach((input) => (input.disabled = part.hidden));
    }
    fields.clear();
    fields.fill({ ...content, ...fixed });
    when.set(line && name !== "withdrawal" ? new Date(line.at) : null);
    this.#head(name, form, title, line);
    if (problems.length) fields.show(problems);
    else this.#begin(form);
    form.dispatchEvent(new Event("opened"));
    this.#box.closest("section").scrollIntoView({ block: "start" });
  }

  #begin(form) {
    const first = form.querySelector(FIRST);
    (first ?? form.querySelector("[data-title]")).focus({ preventScroll: true });
    // Typing replaces what was only a proposal.
    if (first?.value && first.type === "text") first.select();
  }

  #head(name, form, title, line) {
    const head = form.querySelector("[data-title]");
    head.dataset.usual ??= head.textContent;
    const corrects = line && name !== "withdrawal";
    const usual = corrects ? `Correct: ${head.dataset.usual.toLowerCase()}` : head.dataset.usual;
    head.textContent = title || usual;
    const note = form.querySelector("[data-correcting]");
    note.hidden = !line || "problems" in line.last;
    if (!note.hidden)
      note.textContent = `The first value stays in the record: ${wordsOf(line.shown)}`;
  }

  async #save(onSave) {
    const { key, form, fields, when, fixed, line } = this.open;
    const problems = [...fields.problems(), ...when.problems()];
    fields.show(problems);
    if (problems.length) return;
    const at = when.at ?? this.#chair.now();
    const button = form.querySelector("[type=submit]");
    button.disabled = true; // a second tap is no second entry
    try {
      await onSave({
        key,
        kind: form.dataset.kind,
        at,
        content: { ...fields.read(at), ...fixed },
        line,
      });
      this.close();
    } catch {
      fields.show([{ field: "", message: NOT_KEPT }]);
    } finally {
      button.disabled = false;
    }
  }

  close() {
    if (!this.open) return;
    this.open.form.hidden = true;
    this.open = null;
    this.#buttons.hidden = false;
    const isThere = this.#opener?.isConnected && !this.#opener.closest("[hidden]");
    const next = isThere ? this.#opener : this.#buttons.querySelector("button");
    this.#opener = null;
    next?.focus({ preventScroll: true });
  }

  tick() {
    this.open?.when.tick();
  }

  // What is typed and not saved, so that a page that comes back can show it again.
  draft() {
    if (!this.open) return null;
    const { key, name, form, fields, when, fixed, line } = this.open;
    const content = fields.read(when.at ?? this.#chair.now());
    const title = form.querySelector("[data-title]").textContent;
    return Object.values(content).some((value) => value.length !== 0)
      ? { key, name, content, fixed, title, root: line?.root, at: when.at }
      : null;
  }

  restore({ key, name, content, fixed, title, root, at }, lines) {
    const saved = lines.some(({ versions }) => versions.some((entry) => entry.key === key));
    if (this.open || saved || !this.#dialogs.has(name)) return;
    const line = lines.find((one) => one.root === root) ?? null;
    if (root && !line) return;
    this.show(name, { content, fixed, title, line, key });
    if (at) this.open.when.set(new Date(at));
  }
}
