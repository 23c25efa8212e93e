// The log as a flowsheet: a row for each entry, newest first, a column for each sign. What is not a
// reading stands across the columns. Who wrote it, what stood there before and what can be done
// about it open under a row.

import { newestFirst } from "./chains.js";
import { COLUMNS, earlierVersions, marksOf, notesOf, wordsOf } from "./entry_text.js";
import { minute } from "./times.js";

// Corrected on pages of their own, or not at all.
const FIXED = new Set(["gate", "discharge", "withdrawal"]);

export class Log {
  #table;
  #sometimes; // heads of the signs that many sessions never record
  #template;
  #zone;
  #onAct;
  #drawn = new Map(); // root -> { rows, signature }

  constructor({ table, template, zone, onAct }) {
    this.#table = table;
    this.#sometimes = [...table.tHead.querySelectorAll("[data-sign]")].map((head) => head.dataset);
    this.#template = template;
    this.#zone = zone;
    this.#onAct = onAct;
  }

  // Only lines that changed are drawn anew: nothing moves under the finger, and the focus stays.
  show(lines, { start, locked }) {
    const drawn = newestFirst(lines).map((line) => {
      const signature = JSON.stringify([line.versions, start, locked]);
      const known = this.#drawn.get(line.root);
      if (known?.signature === signature) return known.rows;
      const rows = this.#draw(line, start, locked);
      if (known) replace(known.rows, rows);
      this.#drawn.set(line.root, { rows, signature });
      return rows;
    });
    const bodies = this.#table.tBodies;
    drawn.forEach((rows, place) => {
      if (bodies[place] !== rows) this.#table.insertBefore(rows, bodies[place] ?? null);
    });
    while (bodies.length > drawn.length) bodies[bodies.length - 1].remove();
    this.#fit(lines);
  }

  // A column for nobody's sign is left out; limits are spelled out under the newest reading, and
  // elsewhere under a row that is open.
  #fit(lines) {
    const readings = lines.filter(({ shown, withdrawn }) => shown.kind === "reading" && !withdrawn);
    for (const { sign } of this.#sometimes) {
      const isThere = lines.some(({ shown }) => (shown.content[sign] ?? "") !== "");
      for (const cell of this.#table.querySelectorAll(`[data-sign="${sign}"]`)) {
        cell.hidden = !isThere;
      }
    }
    const newest = newestFirst(readings)[0]?.root;
    for (const [root, { rows }] of this.#drawn) {
      rows.classList.toggle("log-newest", root === newest);
    }
  }

  #draw(line, start, locked) {
    const rows = this.#template.content.firstElementChild.cloneNode(true);
    const part = (name) => rows.querySelector(`[data-log-${name}]`);
    const { shown, withdrawn } = line;
    rows.classList.toggle("log-withdrawn", Boolean(withdrawn));
    rows.classList.toggle("log-unsent", "id" in line.last);
    part("minute").textContent = minute(start, line.at);
    part("time").textContent = this.#zone.time(line.at);
    part("time").dateTime = shown.at;
    part("time")
      .closest("th")
      .after(...cellsOf(shown));
    part("about").textContent = `: ${wordsOf(shown)}`;
    this.#drawNotes(part, line);
    fill(part("was"), earlierVersions(line, this.#zone));
    part("who").textContent = shown.by ?? "You";
    this.#offer(rows, line, locked);
    startMenu(part);
    return rows;
  }

  // What must be seen without opening anything.
  #drawNotes(part, { shown, last, ...line }) {
    const wrong = (last.problems ?? []).map(({ message }) => message);
    const marks = marksOf({ shown, last, ...line }, FIXED);
    part("rest").textContent = notesOf(shown);
    fill(part("outside"), shown.outside ?? []);
    fill(part("wrong"), wrong);
    marks.forEach((words) => part("marks").append(chip(words)));
    part("limits").hidden = !shown.outside?.length;
    // A cell that is marked says it already; what is no sign of a reading has no cell.
    part("limits").classList.toggle("flow-limits", shown.kind === "reading");
    part("notes").hidden = !(notesOf(shown) || wrong.length || marks.length);
  }

  #offer(rows, line, locked) {
    const open = !locked && !line.withdrawn && !FIXED.has(line.shown.kind);
    const ways = {
      correct: open,
      withdraw: open && !("id" in line.last),
      "throw-away": "problems" in line.last,
    };
    for (const [way, offered] of Object.entries(ways)) {
      const button = rows.querySelector(`[data-log-${way}]`);
      button.hidden = !offered;
      button.querySelector("[data-about]").textContent = `: ${wordsOf(line.shown)}`;
      button.addEventListener("click", () => this.#onAct(way, line));
    }
    const update = line.shown.kind === "event" && !line.shown.content.ended_at;
    rows.querySelector("[data-log-correct] [data-verb]").textContent = update
      ? "Add or correct"
      : "Correct";
  }
}

// A cell for each sign of a reading; one across all of them for anything else.
function cellsOf(entry) {
  if (entry.kind !== "reading") {
    const cell = document.createElement("td");
    cell.colSpan = COLUMNS.length;
    cell.className = "flow-words";
    const words = document.createElement("div"); // in sight, however wide the columns are
    words.className = "flow-fit";
    words.textContent = wordsOf(entry);
    cell.append(words);
    return [cell];
  }
  return COLUMNS.map(({ signs, write }) => {
    const cell = document.createElement("td");
    cell.dataset.sign = signs[0];
    cell.textContent = write(entry.content);
    if (signs.some((sign) => entry.signs?.includes(sign))) markOutside(cell);
    return cell;
  });
}

// By a sign and not by colour alone; the row says which limit once it is open.
function markOutside(cell) {
  cell.className = "flow-outside";
  const words = document.createElement("span");
  words.className = "visually-hidden";
  words.textContent = ", outside a limit";
  cell.append(words);
}

function startMenu(part) {
  const [button, more] = [part("menu"), part("more")];
  button.addEventListener("click", () => open(button, more, more.hidden));
}

function open(button, more, isOpen) {
  more.hidden = !isOpen;
  button.setAttribute("aria-expanded", String(isOpen));
}

// What was opened stays open, and the focus where it was.
function replace(old, rows) {
  const names = old.contains(document.activeElement)
    ? document.activeElement.getAttributeNames()
    : [];
  const isOpen = !old.querySelector("[data-log-more]").hidden;
  old.replaceWith(rows);
  open(rows.querySelector("[data-log-menu]"), rows.querySelector("[data-log-more]"), isOpen);
  const name = names.find((attribute) => attribute.startsWith("data-log-"));
  if (name) rows.querySelector(`[${name}]`)?.focus();
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
