// Suggestions under a search box that also works as a plain form. The server answers <li><a href>text</a></li>.

const PAUSE_MS = 150;

async function suggestions(url, text, signal) {
  const address = new URL(url, location.href);
  address.searchParams.set("q", text);
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return [];
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...page.querySelectorAll("li > a[href]")];
}

export function start(box) {
  const input = box.querySelector("input");
  const list = box.querySelector("[role=listbox]");
  const status = box.querySelector("[data-typeahead-status]");
  let links = [];
  let active = -1;
  let timer = 0;
  let running = new AbortController();

  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  })) {
    input.setAttribute(name, value);
  }

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function open(found) {
    links = found;
    list.replaceChildren(
      ...found.map((link, index) => {
        link.id = `${list.id}-${index}`;
        link.setAttribute("role", "option");
        link.setAttribute("aria-selected", "false");
        link.tabIndex = -1;
        const item = document.createElement("li");
        item.setAttribute("role", "none");
        item.append(link);
        return item;
      }),
    );
    active = -1;
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    input.removeAttribute("aria-activedescendant");
    status.textContent = found.length === 0 ? "Nobody found" : `${found.length} found`;
  }

  function point(index) {
    links[active]?.setAttribute("aria-selected", "false");
    active = (index + links.length) % links.length;
    links[active].setAttribute("aria-selected", "true");
    links[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", links[active].id);
  }

  async function look() {
    running.abort();
    running = new AbortController();
    const text = input.value.trim();
    if (!text) return close();
    try {
      open(await suggestions(box.dataset.url, text, running.signal));
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // the first Escape closes the list, the second empties the box
      close();
    } else if (list.hidden || links.length === 0) {
      return;
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      point(event.key === "ArrowDown" ? active + 1 : Math.max(active, 0) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      links[active].click();
    }
  });
  box.addEventListener("focusout", ({ relatedTarget }) => box.contains(relatedTarget) || close());
  list.addEventListener("mousedown", (event) => event.preventDefault()); // keep the focus until the click
}
