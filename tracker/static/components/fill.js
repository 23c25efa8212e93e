// "Same as last time": one tap puts in what is proposed. It is offered, never filled in unasked, and
// not offered where it stands already.

export function start(button) {
  const { form } = button;
  const proposed = Object.entries(JSON.parse(button.dataset.fill));
  const isThere = () => proposed.every(([name, value]) => form.elements[name].value === value);
  const show = () => (button.hidden = isThere());

  button.addEventListener("click", () => {
    for (const [name, value] of proposed) {
      const field = form.elements[name];
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    form.elements[proposed[0][0]].focus();
  });
  form.addEventListener("input", show);
  window.addEventListener("pageshow", show);
  show();
}
