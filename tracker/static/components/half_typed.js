// A day or a time that was typed in part reaches the server as nothing at all: the browser sends
// an empty field. It is told here, before anything is sent, so that nothing typed is lost.

const WORDS = {
  date: "Type the whole day, with its year.",
  time: "Type the whole time, with AM or PM if asked.",
};
const guarded = new WeakSet();

export function halfTyped(fields) {
  return [...fields].filter((field) => field.type in WORDS && field.validity?.badInput);
}

export function start(input) {
  const { form } = input;
  if (!form || guarded.has(form)) return;
  guarded.add(form);
  form.addEventListener("submit", refuse, { capture: true });
}

function refuse(event) {
  const form = event.currentTarget;
  for (const told of form.querySelectorAll("[data-half-typed]")) untell(told);
  const fields = halfTyped(form.elements);
  if (fields.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // nothing of this page may take it for sent
  fields.forEach(tell);
  fields[0].focus();
}

function tell(field) {
  const note = document.createElement("div");
  note.className = "error";
  note.id = `${field.id}-half-typed`;
  note.dataset.halfTyped = field.id;
  note.textContent = WORDS[field.type];
  field.before(note);
  field.setAttribute("aria-invalid", "true");
  const described = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", [described, note.id].filter(Boolean).join(" "));
}

function untell(note) {
  const field = document.getElementById(note.dataset.halfTyped);
  const described = (field?.getAttribute("aria-describedby") ?? "").split(" ");
  field?.setAttribute("aria-describedby", described.filter((id) => id !== note.id).join(" "));
  field?.removeAttribute("aria-invalid");
  note.remove();
}
