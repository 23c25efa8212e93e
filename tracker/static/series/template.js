// What the chosen template says, named in the fields that may be left to it; the page says the same
// of the one it opens with (tracker/web/series/forms.py).

const CHOSEN = ["indication", "drug", "route", "phase"];

export function start(form) {
  const says = JSON.parse(form.dataset.says);
  const name = () => put(form.elements, says[form.elements.template.value] ?? {});
  form.addEventListener("change", ({ target }) => target.name === "template" && name());
  name(); // a browser that came back here has put its own choice in
}

// The first option of a list, and the dose that stands in grey while none is typed.
export function put(fields, says) {
  for (const name of CHOSEN)
    fields[name].options[0].text = says[name] ? `${says[name]}, as the template says` : "Choose";
  fields.planned_dose_mg.placeholder = says.planned_dose_mg ?? "";
}
