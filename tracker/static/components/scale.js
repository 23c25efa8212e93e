// A 0 to 10 scale: digits choose, and Clear makes it unanswered again.

const TEN_WITHIN_MS = 800;

export function start(scale) {
  const options = [...scale.querySelectorAll("input[type=radio]")];
  const clear = scale.querySelector("[data-clear]");
  const show = () => (clear.hidden = !options.some((option) => option.checked));
  let oneAt = -Infinity;

  scale.addEventListener("change", show);
  scale.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^\d$/.test(event.key)) return;
    const ten = event.key === "0" && event.timeStamp - oneAt < TEN_WITHIN_MS;
    oneAt = event.key === "1" ? event.timeStamp : -Infinity;
    const option = options.find(({ value }) => value === (ten ? "10" : event.key));
    if (!option) return;
    event.preventDefault();
    option.focus();
    option.click();
  });
  clear.addEventListener("click", () => {
    options.forEach((option) => (option.checked = false));
    options[0].dispatchEvent(new Event("change", { bubbles: true }));
    options[0].focus();
  });
  window.addEventListener("pageshow", show); // the browser may restore an answer after going back
  show();
}
