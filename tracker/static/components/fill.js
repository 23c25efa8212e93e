// "Same as last time": one tap puts in what is proposed. It is offered, never filled in unasked, and
// not offered where it stands already.

export function start(button) {
  const { form } = button;
  const proposed = Object.entries(JSON.parse(button.dataset.fill));
  const isThere = () => proposed.every(([name, value]) => form.elements[name].value === value);
  // Of radios under one name, the one that is pressed.
  const fieldOf = (name) => {
    const named = form.elements[name];
    return named instanceof RadioNodeList ? [...named].find(({ checked }) => checked) : named;
  };
  const show = () => (button.hidden = isThere());

  button.addEventListener("click", () => {
    for (const [name, value] of proposed) {
      form.elements[name].value = value;
      for (const kind of ["input", "change"])
        fieldOf(name).dispatchEvent(new Event(kind, { bubbles: true }));
    }
    fieldOf(proposed[0][0]).focus();
  });
  form.addEventListener("input", show);
  window.addEventListener("pageshow", show);
  show();
}
