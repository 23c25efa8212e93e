// A question before something that cannot be undone. Resolves to true only when the person says
// yes.

let count = 0;

function element(name, words, classes = "") {
  const made = document.createElement(name);
  made.textContent = words;
  made.className = classes;
  return made;
}

export function confirmDialog({ title, text, yes, no }) {
  const dialog = element("dialog", "", "cover ask");
  const card = element("div", "", "cover-card");
  const heading = element("h2", title);
  heading.id = `ask-${(count += 1)}`;
  dialog.setAttribute("aria-labelledby", heading.id);
  const row = element("div", "", "submit-row");
  const stay = element("button", no, "btn btn-primary");
  row.append(stay);
  if (yes) row.append(element("button", yes, "btn btn-outline-secondary"));
  card.append(heading, element("p", text), row);
  dialog.append(card);
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    row.addEventListener("click", ({ target }) => {
      if (target.matches("button")) dialog.close(target === stay ? "no" : "yes");
    });
    dialog.showModal();
    stay.focus();
  });
}
