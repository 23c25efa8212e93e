// The browser's own calendar or clock beside a field that is typed as the clinic sets it. The text
// alone is sent; the picker only fills it in, and opens on what it says.

import { readDay, readTime, writeDay, writeTime } from "./typed_days.js";

const SVG = "http://www.w3.org/2000/svg";
const ICONS = new URL("../layouts/icons.svg", import.meta.url).pathname;
const DAY = { type: "date", name: "Calendar", icon: "calendar", read: readDay, write: writeDay };
const TIME = { type: "time", name: "Clock", icon: "clock", read: readTime, write: writeTime };

export function start(text) {
  const kind = text.dataset.typed.endsWith("-hour") ? TIME : DAY;
  const read = (words) => kind.read(words, text.dataset.typed);
  const write = (iso) => kind.write(iso, text.dataset.typed);
  const native = document.createElement("input");
  if (typeof native.showPicker === "function") addPicker(text, native, { ...kind, read, write });
  // What was read is shown, so that a day typed without its year is seen with it.
  const show = () => {
    const iso = read(text.value);
    if (iso) put(text, write(iso));
  };
  text.addEventListener("change", show);
  // Typed and left while this script was still on its way.
  if (text.value !== text.defaultValue && text !== document.activeElement) show();
}

function put(text, words) {
  if (text.value === words) return;
  text.value = words;
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function addPicker(text, native, kind) {
  native.type = kind.type;
  native.className = "pick-native";
  native.tabIndex = -1;
  native.setAttribute("aria-hidden", "true");
  native.setAttribute("form", ""); // of no form: it is neither sent nor looked at
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pick";
  const name = document.createElement("span");
  name.className = "visually-hidden";
  name.textContent = `${kind.name}: ${nameOf(text)}`;
  button.append(icon(kind.icon), name);
  button.addEventListener("click", () => {
    native.value = kind.read(text.value).slice(0, kind.type === "time" ? 5 : 10);
    native.showPicker();
  });
  native.addEventListener("change", (event) => event.stopPropagation());
  native.addEventListener("input", (event) => {
    event.stopPropagation();
    put(text, native.value && kind.write(native.value));
    text.dispatchEvent(new Event("change", { bubbles: true }));
  });
  text.after(button, native);
}

const nameOf = (text) => text.labels?.[0]?.firstChild?.textContent.trim() ?? "";

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}
