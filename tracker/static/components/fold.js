// A folded part of a form says whether something in it is filled in, so that it need not be opened
// to know.

const isFilled = (field) => {
  if (field.type === "hidden" || field.disabled) return false;
  if (field.type === "radio" || field.type === "checkbox")
    return field.checked && field.value !== "";
  return field.value.trim() !== "";
};

export function start(fold) {
  const state = fold.querySelector("[data-fold-state]");
  const show = () => {
    const some = [...fold.querySelectorAll("input, select, textarea")].some(isFilled);
    state.textContent = some ? "filled in" : "";
  };
  fold.addEventListener("input", show);
  fold.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}

// A link from another page to a field: older browsers leave the part shut that it stands in.
const target = document.getElementById(location.hash.slice(1));
const shut = target?.closest("details:not([open])");
if (shut) {
  shut.open = true;
  target.scrollIntoView();
}
