// Suggestions under a search box that also works as a plain form. The server answers <li><a
// href>text</a></li>.

const PAUSE_MS = 150;

async function suggestions(url, text, signal) {
  const address = new URL(url, location.href);
  address.searchParams.set("q", text);
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return [];
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.querySelectorAll("li > a[href]")];
}

export const start = (box) => new TypeAhead(box);

class TypeAhead {
  #box;
  #input;
  #list;
  #status;
  #links = []; // what fits the text in the box; none while that is still being asked for
  #active = -1;
  #timer = 0;
  #running = new AbortController();

  constructor(box) {
    this.#box = box;
    this.#input = box.querySelector("input");
    this.#list = box.querySelector("[role=listbox]");
    this.#status = box.querySelector("[data-typeahead-status]");
    this.#describe();
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("keydown", (event) => this.#press(event));
    box.addEventListener(
      "focusout",
      ({ relatedTarget }) => box.contains(relatedTarget) || this.#close(),
    );
    // Keep the focus until the click.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
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
    const text = this.#input.value.trim();
    if (!text) return;
    this.#running = new AbortController();
    const { signal } = this.#running;
    try {
      const links = await suggestions(this.#box.dataset.url, text, signal);
      if (!signal.aborted) this.#open(links);
    } catch (error) {
      if (error.name !== "AbortError") this.#close();
    }
  }

  #open(links) {
    this.#links = links;
    this.#list.replaceChildren(...links.map((link, index) => this.#item(link, index)));
    this.#list.hidden = links.length === 0;
    this.#input.setAttribute("aria-expanded", String(links.length > 0));
    this.#status.textContent = links.length === 0 ? "Nobody found" : `${links.length} found`;
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
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#status.textContent = "";
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
  }

  #point(index) {
    const links = this.#links;
    links[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = (index + links.length) % links.length;
    const link = links[this.#active];
    link.setAttribute("aria-selected", "true");
    link.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", link.id);
  }

  #press(event) {
    if (!this.#links.length) return; // Enter then sends the form
    const keys = {
      Escape: () => this.#close(), // the second Escape empties the box
      ArrowDown: () => this.#point(this.#active + 1),
      ArrowUp: () => this.#point(Math.max(this.#active, 0) - 1),
      Enter: this.#active >= 0 && (() => this.#links[this.#active].click()),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
}
