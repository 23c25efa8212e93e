// Keys that go somewhere from any page. Never while somebody types, and whoever dictates or uses
// the keys for something else switches them off (WCAG 2.1.4).

const OFF = "shortcuts-off";
const NEXT_WITHIN_MS = 1_500;
const TYPED = "input, textarea, select, [contenteditable], [role=combobox]";

// What a key means: 'find', 'help', or the letter of a way that a `g` was pressed for.
export class Keys {
  #letters;
  #awaited = 0; // until when the letter after `g` counts

  constructor(letters) {
    this.#letters = letters;
  }

  press(key, now) {
    const follows = now < this.#awaited;
    this.#awaited = key === "g" && !follows ? now + NEXT_WITHIN_MS : 0;
    if (follows) return this.#letters.includes(key) ? key : "";
    return { "/": "find", "?": "help" }[key] ?? "";
  }
}

export function isForUs({ key, ctrlKey, altKey, metaKey, isComposing, defaultPrevented, target }) {
  const held = ctrlKey || altKey || metaKey || isComposing || defaultPrevented;
  return !held && key.length === 1 && !target?.closest?.(`${TYPED}, dialog`);
}

export function start(form) {
  const ways = new Map([...document.querySelectorAll("a[data-go]")].map((a) => [a.dataset.go, a]));
  const keys = new Keys([...ways.keys()]);
  const box = form.querySelector("input[type=search]");
  let dialog;
  const help = () => {
    dialog ??= makeDialog(ways);
    dialog.querySelector("input").checked = !isOff();
    dialog.showModal();
  };
  offerHelp(help);
  document.addEventListener("keydown", (event) => {
    if (isOff() || !isForUs(event) || document.querySelector("dialog[open]")) return;
    const found = keys.press(event.key, Date.now());
    if (!found) return;
    event.preventDefault();
    if (found === "help") help();
    else if (found === "find") box.focus();
    else ways.get(found).click();
  });
}

function isOff() {
  try {
    return localStorage.getItem(OFF) === "yes";
  } catch {
    return false;
  }
}

function keep(isOn) {
  try {
    if (isOn) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  } catch {
    // Without storage they stay on.
  }
}

// At the foot of the page, where it is found with the keys switched off too.
function offerHelp(help) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button";
  button.textContent = "Keyboard shortcuts";
  button.addEventListener("click", help);
  document.querySelector(".site-footer .site-width")?.prepend(button);
}

function makeDialog(ways) {
  const dialog = document.createElement("dialog");
  dialog.className = "shortcuts";
  dialog.setAttribute("aria-labelledby", "shortcuts-title");
  const title = Object.assign(document.createElement("h2"), {
    id: "shortcuts-title",
    textContent: "Keyboard shortcuts",
  });
  const list = document.createElement("dl");
  const lines = [
    [["/"], "Find a patient"],
    ...[...ways].map(([key, way]) => [["g", key], way.firstChild.textContent.trim()]),
    [["?"], "This list"],
  ];
  list.append(...lines.map(([pressed, words]) => line(pressed, words)));
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), {
    type: "checkbox",
    className: "form-check-input",
  });
  input.addEventListener("change", () => keep(input.checked));
  label.className = "reveal";
  label.append(input, " Use these keys in this browser");
  const close = Object.assign(document.createElement("button"), {
    type: "button",
    className: "btn btn-primary",
    textContent: "Close",
  });
  close.addEventListener("click", () => dialog.close());
  dialog.append(title, list, label, close);
  document.body.append(dialog);
  return dialog;
}

function line(pressed, words) {
  const row = document.createElement("div");
  const keys = document.createElement("dt");
  keys.append(
    ...pressed.flatMap((key, index) => {
      const shown = Object.assign(document.createElement("kbd"), { textContent: key });
      return index ? [" then ", shown] : [shown];
    }),
  );
  row.append(keys, Object.assign(document.createElement("dd"), { textContent: words }));
  return row;
}
