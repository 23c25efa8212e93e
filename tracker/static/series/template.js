// What the chosen template says, named in the fields that may be left to it.

export function start(form) {
  const said = JSON.parse(form.dataset.says);
  const name = () => put(form, said[form.elements.template.value] ?? {});
  form.addEventListener("change", ({ target }) => target.name === "template" && name());
  name(); // a browser that came back here has put its own choice in
}

// The first option of a list, or what stands in grey while nothing is typed.
export function put(form, said) {
  for (const [name, words] of Object.entries(said)) {
    const field = form.elements[name];
    if (field.options) field.options[0].text = words;
    else field.placeholder = words;
  }
}
