// The fields of one dialog: read, filled, and told at once what cannot be. What is merely unusual
// is marked.

import { ambiguity, readNumber, withoutZeros } from "../components/numbers.js";
import { NO_TIME, readTime, writeTime } from "../components/typed_days.js";

const TAPPED_MS = 300;
const CHOSEN = new Set(["radio", "checkbox"]);

const number = (text) => Number(text.replace(",", "."));

// Nothing more can be typed that would still be possible: the next field is due.
const complete = (text, high) => text.length > 0 && number(text) * 10 > high;

export class Fields {
  #form;
  #limits;
  #zone;
  #chosen = new Map(); // what was chosen before a tap, by name

  constructor(form, { limits, zone, now }) {
    this.#form = form;
    this.#limits = limits;
    this.#zone = zone;
    this.now = now;
    form.addEventListener("input", ({ target }) => "high" in target.dataset && this.#typed(target));
    // Not at once: words that appear must not move what is just being tapped.
    form.addEventListener(
      "focusout",
      ({ target }) => "high" in target.dataset && setTimeout(() => this.#judge(target), TAPPED_MS),
    );
    form.addEventListener("keydown", (event) => this.#enter(event));
    form.addEventListener("click", ({ target }) => this.#clear(target));
  }

  get #inputs() {
    return [...this.#form.elements].filter(({ name, disabled }) => name && !disabled);
  }

  get #numbers() {
    return this.#inputs.filter((input) => "high" in input.dataset);
  }

  #typed(input) {
    const wrong = problemOf(input);
    if (wrong && number(input.value) > Number(input.dataset.high)) this.#judge(input);
    else if (!wrong) this.#judge(input);
    if (
      !wrong &&
      !("decimal" in input.dataset) &&
      complete(input.value, Number(input.dataset.high))
    )
      this.#next(input)?.focus();
  }

  #next(input) {
    return this.#numbers[this.#numbers.indexOf(input) + 1];
  }

  // Enter goes on to the next number, and saves after the last.
  #enter(event) {
    if (event.key !== "Enter" || !("high" in event.target.dataset)) return;
    const next = this.#next(event.target);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  #judge(input) {
    const wrong = problemOf(input);
    say(this.#form, input.name, wrong);
    const pressure = this.#form.elements.diastolic_mmhg;
    if (!wrong && pressure && input.name.includes("systolic"))
      say(this.#form, "diastolic_mmhg", problemOf(pressure) || orderProblem(this.#form));
    if (!wrong && input === pressure) say(this.#form, "diastolic_mmhg", orderProblem(this.#form));
    this.#mark(input, wrong);
  }

  // A choice that is tapped again is taken back: nothing that was not observed may stay chosen.
  #clear(input) {
    if (input.type !== "radio" || !input.closest("[data-clearable]")) return;
    const again = this.#chosen.get(input.name) === input.value;
    input.checked = !again;
    this.#chosen.set(input.name, again ? "" : input.value);
  }

  #mark(input, wrong) {
    const mark = this.#form.querySelector(`[data-mark="${input.name}"]`);
    if (!mark) return;
    const value = wrong || input.value === "" ? null : number(input.value);
    const passed = this.#limits(input.name).filter(
      (limit) => value !== null && (limit.upper ? value > limit.value : value < limit.value),
    );
    const limit = passed.at(-1); // the strictest
    mark.textContent = limit ? unusual(limit) : "";
    mark.hidden = !limit;
  }

  clear() {
    this.#form.reset();
    this.#form
      .querySelectorAll("[data-error]")
      .forEach(({ dataset }) => say(this.#form, dataset.error, ""));
    this.#form.querySelectorAll("[data-mark]").forEach((mark) => (mark.hidden = true));
    this.#changed();
  }

  // Scales show their Clear button when something is chosen (components/scale.js).
  #changed() {
    this.#chosen = new Map(
      this.#inputs
        .filter(({ type, checked }) => type === "radio" && checked)
        .map(({ name, value }) => [name, value]),
    );
    this.#form
      .querySelectorAll("[data-scale]")
      .forEach((scale) => scale.dispatchEvent(new Event("change")));
  }

  fill(content) {
    for (const input of this.#inputs) this.#put(input, content[input.name]);
    this.#changed();
    this.#numbers.forEach((input) => this.#judge(input));
  }

  #put(input, value) {
    const told = value !== undefined && value !== null;
    if (input.type === "checkbox")
      input.checked = told ? value.includes(input.value) : input.checked;
    else if (input.type === "radio") input.checked = told && String(value) === input.value;
    else if (isTime(input)) input.value = value ? this.#timeAt(new Date(value), input) : "";
    else if (told) input.value = "decimal" in input.dataset ? withoutZeros(String(value)) : value;
  }

  #timeAt(at, { dataset }) {
    return writeTime(this.#zone.typed(at), dataset.typed);
  }

  read(at) {
    const content = {};
    for (const input of this.#inputs) {
      const value = input.value.trim();
      if (input.type === "checkbox" && !("alone" in input.dataset)) {
        content[input.name] ??= [];
        if (input.checked) content[input.name].push(value);
      } else if (CHOSEN.has(input.type) ? !input.checked : value === "") continue;
      else if (isUnclear(input)) continue;
      else content[input.name] = this.#value(input, value, at);
    }
    return content;
  }

  #value(input, text, at) {
    if ("whole" in input.dataset) return Number(text);
    if ("decimal" in input.dataset) return text.replace(",", ".");
    if ("yesNo" in input.dataset) return text === "true";
    if (!isTime(input)) return text;
    const end = this.#zone.instant(readTime(text, input.dataset.typed), this.now());
    return (end < at && at - end < 60_000 ? at : end).toISOString(); // the minute it began in
  }

  problems() {
    const wrong = this.#numbers
      .map((input) => ({ field: input.name, message: problemOf(input) }))
      .filter(({ message }) => message);
    const order = orderProblem(this.#form);
    if (order && !wrong.length) wrong.push({ field: "diastolic_mmhg", message: order });
    const unclear = this.#inputs.filter(isUnclear);
    const times = unclear.map(({ name }) => ({ field: name, message: NO_TIME }));
    return [...wrong, ...times, ...missing(this.#form)];
  }

  show(problems) {
    this.#form
      .querySelectorAll("[data-error]")
      .forEach(({ dataset }) => say(this.#form, dataset.error, ""));
    problems.forEach(({ field, message }) => say(this.#form, field, message));
    const first = this.#form.querySelector(
      "[aria-invalid=true], .faulty :is(input, textarea), [data-error]:not([hidden])",
    );
    first?.focus();
    first?.scrollIntoView({ block: "nearest" });
  }
}

const isTime = ({ dataset }) => "typed" in dataset;

function isUnclear(input) {
  const text = isTime(input) ? input.value.trim() : "";
  return text !== "" && !readTime(text, input.dataset.typed);
}

function problemOf({ value, dataset }) {
  const text = value.trim();
  if (text === "") return "";
  const { low, high } = dataset;
  const isNumber = "decimal" in dataset ? readNumber(text) !== null : /^\d+$/.test(text);
  if (!isNumber) return ambiguity(text) || "Give it in digits.";
  return number(text) < Number(low) || number(text) > Number(high)
    ? `Give it between ${low} and ${high}.`
    : "";
}

function unusual({ upper, value, words, source }) {
  const side = upper ? "above" : "below";
  return `Unusual: ${side} ${value}${words} (${source})`;
}

function orderProblem({ elements: { systolic_mmhg: systolic, diastolic_mmhg: diastolic } }) {
  if (!systolic?.value || !diastolic?.value || problemOf(systolic) || problemOf(diastolic))
    return "";
  return number(diastolic.value) >= number(systolic.value)
    ? "The diastolic pressure must be below the systolic. Are the two orderProblem?"
    : "";
}

// What a dialog cannot do without stands in its markup: data-needs="name|what to do".
function missing(form) {
  const wrong = [...form.querySelectorAll("[data-needs]")]
    .filter((box) => !box.closest("[hidden]"))
    .map(({ dataset }) => dataset.needs.split("|"));
  const empty = wrong.filter(
    ([name]) => !new FormData(form).getAll(name).some((value) => String(value).trim()),
  );
  const problems = empty.map(([field, message]) => ({ field, message }));
  const { something } = form.dataset;
  if (something && ![...new FormData(form).values()].some((value) => String(value).trim()))
    problems.push({ field: "", message: something });
  return problems;
}

function say(form, field, message) {
  const place =
    form.querySelector(`[data-error="${field}"]`) ?? form.querySelector('[data-error=""]');
  const words = field && place.dataset.error === "" && message ? `${field}: ${message}` : message;
  if (place.textContent !== words) place.textContent = words;
  place.hidden = !words;
  place.parentElement.classList.toggle("faulty", Boolean(words) && place.dataset.error !== "");
  const input = form.elements[place.dataset.error];
  if (input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement) {
    if (words) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}
