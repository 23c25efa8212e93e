// The sheets that entries are written on: one at a time, in place of the buttons; nothing typed goes by itself.

import { drawKey } from "../offline/queue.js";
import { Fields } from "./fields.js";
import { When } from "./when.js";
import { wordsOf } from "./words.js";

const FIRST = ":is([data-first] input, [data-first] textarea):enabled";

export class Sheets {
  open = null; // { key, name, form, fields, when, fixed, line }
  #box;
  #buttons;
  #chair;
  #sheets = new Map();
  #opener = null;

  constructor({ box, buttons, chair, save, typed }) {
    this.#box = box;
    this.#buttons = buttons;
    this.#chair = chair;
    for (const form of box.querySelectorAll("form[data-sheet]")) {
      const fields = new Fields(form, chair);
      const when = new When(form.querySelector("[data-when]"), chair);
      this.#sheets.set(form.dataset.sheet, { name: form.dataset.sheet, form, fields, when });
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#save(save);
      });
      form.addEventListener("input", typed);
      form.querySelector("[data-cancel]").addEventListener("click", () => this.close());
      form.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    }
  }

  // `fixed` is content that is not typed, such as what is done with an infusion; `line` is what is corrected. The key of
  // the entry is drawn now: a sheet that comes back after it was saved makes no second entry.
  show(
    name,
    { fixed = {}, content = {}, title = "", line = null, problems = [], key = drawKey() } = {},
  ) {
    const sheet = this.#sheets.get(name);
    this.#opener ??= document.activeElement;
    this.#sheets.forEach(({ form }) => (form.hidden = true));
    this.open = { ...sheet, key, fixed, line };
    const { form, fields, when } = sheet;
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
    form.dispatchEvent(new CustomEvent("shown", { detail: content }));
    this.#box.closest("section").scrollIntoView({ block: "start" });
  }

  #begin(form) {
    const first = form.querySelector(FIRST);
    (first ?? form.querySelector("[data-title]")).focus({ preventScroll: true });
    if (first?.value && first.type === "text") first.select(); // typing replaces what was only a proposal
  }

  #head(name, form, title, line) {
    const head = form.querySelector("[data-title]");
    head.dataset.usual ??= head.textContent;
    head.textContent =
      title ||
      (line && name !== "withdrawal"
        ? `Correct: ${head.dataset.usual.toLowerCase()}`
        : head.dataset.usual);
    const note = form.querySelector("[data-correcting]");
    note.hidden = !line || "problems" in line.last;
    if (!note.hidden)
      note.textContent = `The first value stays in the record: ${wordsOf(line.shown)}`;
  }

  async #save(save) {
    const { key, form, fields, when, fixed, line } = this.open;
    const problems = [...fields.problems(), ...when.problems()];
    fields.show(problems);
    if (problems.length) return;
    const at = when.at ?? this.#chair.now();
    const button = form.querySelector("[type=submit]");
    button.disabled = true; // a second tap is no second entry
    try {
      await save({
        key,
        kind: form.dataset.kind,
        at,
        content: { ...fields.read(at), ...fixed },
        line,
      });
      this.close();
    } catch {
      fields.show([
        {
          field: "",
          message:
            "This could not be kept on this device. Leave the page open and press Save again.",
        },
      ]);
    } finally {
      button.disabled = false;
    }
  }

  close() {
    if (!this.open) return;
    this.open.form.hidden = true;
    this.open = null;
    this.#buttons.hidden = false;
    const opener =
      this.#opener?.isConnected && !this.#opener.closest("[hidden]")
        ? this.#opener
        : this.#buttons.querySelector("button");
    this.#opener = null;
    opener?.focus({ preventScroll: true });
  }

  tick() {
    this.open?.when.tick();
  }

  // What is typed and not saved, so that a page that comes back can show it again.
  typed() {
    if (!this.open) return null;
    const { key, name, form, fields, when, fixed, line } = this.open;
    const content = fields.read(when.at ?? this.#chair.now());
    const title = form.querySelector("[data-title]").textContent;
    return Object.values(content).some((value) => value.length !== 0)
      ? { key, name, content, fixed, title, root: line?.root, at: when.at }
      : null;
  }

  takeUp({ key, name, content, fixed, title, root, at }, lines) {
    const saved = lines.some(({ versions }) => versions.some((entry) => entry.key === key));
    if (this.open || saved || !this.#sheets.has(name)) return;
    const line = lines.find((one) => one.root === root) ?? null;
    if (root && !line) return;
    this.show(name, { content, fixed, title, line, key });
    if (at) this.open.when.set(new Date(at));
  }
}
