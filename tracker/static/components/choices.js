// Answers in rows of buttons: one that was given can be taken back. "None of these" and a degree of one of them exclude each other: choosing the one takes the other
// back, so that the page shows what is stored. "None of these" as a button answers the questions that are open.

const isDegree = ({ target }) => target.type === "radio" && target.checked;

export function start(list) {
  const none = list.querySelector("[data-none]");
  const all = list.querySelector("[data-all-of]");
  none?.addEventListener("change", () => none.checked && clear(list));
  if (none) list.addEventListener("change", (event) => isDegree(event) && (none.checked = false));
  if (all) startAll(list, all);
  list.addEventListener("click", ({ target }) => {
    const row = target.closest("[data-clear-row]")?.closest("[data-row]");
    if (row) clear(row, { focus: true });
  });
  list.addEventListener("change", () => show(list));
  window.addEventListener("pageshow", () => show(list)); // the browser may restore answers
  show(list);
}

// What was answered otherwise stays: it is changed by hand.
function startAll(list, button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const row of list.querySelectorAll("[data-row]")) {
      if (row.querySelector("input:checked")) continue;
      row.querySelector(`input[value="${button.dataset.allOf}"]`).checked = true;
    }
    list.querySelector("input").dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function clear(part, { focus = false } = {}) {
  const options = [...part.querySelectorAll("input[type=radio]")];
  for (const option of options) option.checked = false;
  options[0].dispatchEvent(new Event("change", { bubbles: true }));
  if (focus) options[0].focus();
}

function show(list) {
  for (const button of list.querySelectorAll("[data-clear-row]"))
    button.hidden = !button.closest("[data-row]").querySelector("input:checked");
}
