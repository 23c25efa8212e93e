// A list whose rows are added and removed here. Without this script the same buttons ask the
// server.

export function start(rows) {
  const name = rows.dataset.rows;
  const list = rows.querySelector("[data-row-list]");
  const template = rows.querySelector("[data-row-template]");
  const add = rows.querySelector("[data-row-add]");
  const form = rows.closest("form");
  const own = new RegExp(`^${name}-(\\d+)-`);
  const numbers = [...list.querySelectorAll("[name]")].map((field) =>
    Number(own.exec(field.name)?.[1] ?? -1),
  );
  let next = Math.max(-1, ...numbers) + 1;

  function changed() {
    // The draft and the folds look again.
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  add.addEventListener("click", (event) => {
    event.preventDefault();
    const row = template.content.firstElementChild.cloneNode(true);
    for (const part of row.querySelectorAll("*")) {
      for (const one of part.attributes) one.value = one.value.replaceAll("__row__", String(next));
    }
    next += 1;
    list.append(row);
    row.querySelector("input")?.focus();
    changed();
  });

  // The first field of a row names it, so that it can be told from others when it is closed.
  list.addEventListener("input", ({ target }) => {
    const row = target.closest("[data-row]");
    if (target === row.querySelector("input"))
      row.querySelector("[data-row-name]").textContent = target.value || "New";
  });

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-remove]");
    if (!button) return;
    event.preventDefault();
    button.closest("[data-row]").remove();
    add.focus();
    changed();
  });
}
