// The log: newest first, each line with its minute, its words, who wrote it and what became of it.

import { newestFirst } from "./chains.js";
import { wordsOf } from "./entry_text.js";
import { minutesSince } from "./times.js";

// Corrected on pages of their own, or not at all.
const FIXED = new Set(["gate", "discharge", "withdrawal"]);

export class Log {
  #list;
  #template;
  #zone;
  #onAct;
  #drawn = new Map(); // root -> { item, signature }

  constructor({ list, template, zone, onAct }) {
    this.#list = list;
    this.#template = template;
    this.#zone = zone;
    this.#onAct = onAct;
  }

  // Only lines that changed are drawn anew: nothing moves under the finger, and the focus stays.
  show(lines, { start, locked }) {
    const items = newestFirst(lines).map((line) => {
      const signature = JSON.stringify([line.versions, start, locked]);
      const known = this.#drawn.get(line.root);
      if (known?.signature === signature) return known.item;
      const item = this.#draw(line, start, locked);
      if (known) replace(known.item, item);
      this.#drawn.set(line.root, { item, signature });
      return item;
    });
    items.forEach((item, place) => {
      if (this.#list.children[place] !== item)
        this.#list.insertBefore(item, this.#list.children[place] ?? null);
    });
    while (this.#list.children.length > items.length) this.#list.lastElementChild.remove();
  }

  #draw(line, start, locked) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    const part = (name) => item.querySelector(`[data-log-${name}]`);
    const { shown, withdrawn } = line;
    item.classList.toggle("log-withdrawn", Boolean(withdrawn));
    item.classList.toggle("log-unsent", "id" in line.last);
    part("minute").textContent = minute(start, line.at);
    part("time").textContent = this.#zone.time(line.at);
    part("time").dateTime = shown.at;
    part("words").textContent = wordsOf(shown);
    fill(part("outside"), shown.outside ?? []);
    fill(part("was"), earlierVersions(line, this.#zone));
    fill(
      part("wrong"),
      (line.last.problems ?? []).map(({ message }) => message),
    );
    part("who").textContent = shown.by ?? "You";
    marks(line).forEach((words) => part("marks").append(chip(words)));
    this.#offer(item, line, locked);
    return item;
  }

  #offer(item, line, locked) {
    const open = !locked && !line.withdrawn && !FIXED.has(line.shown.kind);
    const ways = {
      correct: open,
      withdraw: open && !("id" in line.last),
      "throw-away": "problems" in line.last,
    };
    for (const [way, offered] of Object.entries(ways)) {
      const button = item.querySelector(`[data-log-${way}]`);
      button.hidden = !offered;
      button.querySelector("[data-about]").textContent = `: ${wordsOf(line.shown)}`;
      button.addEventListener("click", () => this.#onAct(way, line));
    }
    const update = line.shown.kind === "event" && !line.shown.content.ended_at;
    item.querySelector("[data-log-correct] [data-verb]").textContent = update
      ? "Add or correct"
      : "Correct";
  }
}

function replace(old, item) {
  const names = old.contains(document.activeElement)
    ? document.activeElement.getAttributeNames()
    : [];
  old.replaceWith(item);
  const name = names.find((attribute) => attribute.startsWith("data-log-"));
  if (name) item.querySelector(`[${name}]`)?.focus();
}

function minute(start, at) {
  if (!start) return "before";
  const since = minutesSince(start, at);
  return `${since < 0 ? "\u2212" : ""}${Math.abs(since)} min`;
}

// What stood there before, and who says that it does not hold.
function earlierVersions({ versions, withdrawn, shown }, zone) {
  const earlier = versions.filter((entry) => entry !== shown && entry !== withdrawn);
  const kept = earlier.map(
    (entry) =>
      `Before: ${wordsOf(entry)} (${zone.time(Date.parse(entry.at))}, ${entry.by ?? "you"})`,
  );
  return withdrawn
    ? [`Withdrawn by ${withdrawn.by ?? "you"}: ${withdrawn.content.reason}`, ...kept]
    : kept;
}

function marks({ versions, last, withdrawn, shown }) {
  return [
    "problems" in last ? "not taken" : "id" in last && "waiting",
    withdrawn ? "withdrawn" : versions.length > 1 && !FIXED.has(shown.kind) && "corrected",
    versions.some(({ is_late: late }) => late) && "late",
  ].filter(Boolean);
}

function chip(words) {
  const mark = document.createElement("span");
  mark.className = `mark mark-${words.replace(" ", "-")}`;
  mark.textContent = words;
  return mark;
}

function fill(list, lines) {
  list.hidden = lines.length === 0;
  list.replaceChildren(
    ...lines.map((words) => {
      const item = document.createElement("li");
      item.textContent = words;
      return item;
    }),
  );
}
