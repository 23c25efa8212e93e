// Suggestions under a search box that also works as a plain form. The server answers <li><a
// href>text</a></li>, and a <p> with what else is to be said; for an empty box, what was last used.

const PAUSE_MS = 120;

async function suggestions(url, text, signal) {
  // In a header: an address stands in logs, and a name must not.
  const headers = { Accept: "text/html", "Search-Text": encodeURIComponent(text) };
  const answer = await fetch(url, { signal, headers });
  if (!answer.ok || answer.redirected) return { links: [], note: "" };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return {
    links: [...page.querySelectorAll("li > a[href]")],
    note: page.querySelector("p")?.textContent ?? "",
  };
}

// What Enter opens without a choice: the first, unless another is called the same.
export function chosenAtFirst(names) {
  return names.length > 0 && !names.slice(1).includes(names[0]) ? 0 : -1;
}

export function howMany(count, note) {
  if (count === 0) return note || "Nobody found";
  return `${count} found${note ? `. ${note}` : ""}`;
}

export const start = (box) => new TypeAhead(box);

class TypeAhead {
  #box;
  #input;
  #popup;
  #list;
  #head;
  #note;
  #status;
  #links = []; // what fits the text in the box; none while that is still being asked for
  #active = -1;
  #timer = 0;
  #running = new AbortController();

  constructor(box) {
    this.#box = box;
    this.#input = box.querySelector("input");
    this.#popup = box.querySelector("[data-typeahead-box]");
    this.#list = box.querySelector("[role=listbox]");
    this.#head = box.querySelector("[data-typeahead-head]");
    this.#note = box.querySelector("[data-typeahead-note]");
    this.#status = box.querySelector("[data-typeahead-status]");
    this.#describe();
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("focus", () => this.#search());
    this.#input.addEventListener("keydown", (event) => this.#press(event));
    box.addEventListener(
      "focusout",
      ({ relatedTarget }) => box.contains(relatedTarget) || this.#close(),
    );
    // Keep the focus until the click.
    this.#popup.addEventListener("mousedown", (event) => event.preventDefault());
    // Somebody may have been quicker than this script.
    if (document.activeElement === this.#input) this.#search();
  }

  #describe() {
    const attributes = {
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.#list.id,
    };
    for (const [name, value] of Object.entries(attributes)) this.#input.setAttribute(name, value);
  }

  // What was suggested for another text can be chosen no more, nor may its answer still come in.
  #changed() {
    this.#close();
    this.#timer = setTimeout(() => this.#search(), PAUSE_MS);
  }

  async #search() {
    this.#close();
    const text = this.#input.value.trim();
    this.#running = new AbortController();
    const { signal } = this.#running;
    try {
      const { links, note } = await suggestions(this.#box.dataset.url, text, signal);
      if (!signal.aborted) this.#open(links, note, text !== "");
    } catch (error) {
      if (error.name !== "AbortError") this.#close();
    }
  }

  #open(links, note, asked) {
    this.#links = links;
    this.#list.replaceChildren(...links.map((link, index) => this.#item(link, index)));
    this.#head.hidden = asked;
    this.#note.hidden = note === "";
    this.#note.textContent = note;
    this.#popup.hidden = links.length === 0 && note === "";
    this.#input.setAttribute("aria-expanded", String(links.length > 0));
    this.#status.textContent = asked ? howMany(links.length, note) : "";
    if (asked) this.#point(chosenAtFirst(links.map(nameOf)));
  }

  #item(link, index) {
    link.id = `${this.#list.id}-${index}`;
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    link.tabIndex = -1;
    const item = document.createElement("li");
    item.setAttribute("role", "none");
    item.append(link);
    return item;
  }

  #close() {
    this.#running.abort();
    clearTimeout(this.#timer);
    this.#links = [];
    this.#active = -1;
    this.#popup.hidden = true;
    this.#list.replaceChildren();
    this.#status.textContent = "";
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }

  #point(index) {
    const links = this.#links;
    if (index < 0) return;
    links[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = index % links.length;
    const link = links[this.#active];
    link.setAttribute("aria-selected", "true");
    link.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", link.id);
  }

  #press(event) {
    if (event.key === "Escape" && !this.#popup.hidden) {
      event.preventDefault(); // the second Escape empties the box
      this.#close();
      return;
    }
    if (!this.#links.length || event.isComposing) return; // Enter then sends the form
    const last = this.#links.length - 1;
    const keys = {
      ArrowDown: () => this.#point(this.#active + 1),
      ArrowUp: () => this.#point(this.#active > 0 ? this.#active - 1 : last),
      Enter: this.#active >= 0 && (() => this.#links[this.#active].click()),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
}

function nameOf(link) {
  return (link.firstElementChild ?? link).textContent.trim();
}
