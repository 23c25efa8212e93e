// A paper form typed in: a number answers the question in focus and goes on to the next one.

export function start(form) {
  const questions = [...form.querySelectorAll("[data-question]")];
  const status = form.querySelector("[data-paper-status]");
  const save = form.querySelector("button[type=submit]");
  const adds = "paperAdds" in form.dataset;
  let pending = null; // the question whose 1 may yet become a 10

  const radios = (question) => [...question.querySelectorAll("input[type=radio]")];
  const chosen = (question) => radios(question).find((radio) => radio.checked);
  const choiceOf = (question, value) =>
    radios(question).find((radio) => Number(radio.value) === value);

  function tell() {
    const needed = questions.filter((question) => "needed" in question.dataset);
    const answered = needed.filter(chosen);
    const sum = answered.reduce((total, question) => total + Number(chosen(question).value), 0);
    const soFar = adds && answered.length > 0 ? `, sum ${sum}` : "";
    status.textContent = `${answered.length} of ${needed.length} answered${soFar}`;
    questions.forEach((question) => {
      question.querySelector("[data-clear]").hidden = !chosen(question);
    });
  }

  function go(index) {
    pending = null;
    if (index < 0) return;
    const next = questions[index];
    if (!next) return save.focus();
    (chosen(next) ?? radios(next)[0]).focus();
  }

  function answer(question, radio) {
    radio.focus();
    if (radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function clear(question) {
    const radio = chosen(question);
    if (!radio) return;
    radio.checked = false;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function type(index, digit) {
    const question = questions[index];
    if (!question) return;
    if (pending === question) {
      pending = null;
      if (digit === 0) {
        answer(question, choiceOf(question, 10));
        return go(index + 1);
      }
      go(index + 1);
      return type(index + 1, digit);
    }
    const radio = choiceOf(question, digit);
    if (!radio) {
      status.textContent = `There is no answer ${digit} to this question.`;
      return;
    }
    answer(question, radio);
    if (digit === 1 && choiceOf(question, 10)) pending = question;
    else go(index + 1);
  }

  function takeBack(index) {
    pending = null;
    const here = questions[index];
    const back = here && chosen(here) ? index : Math.max(index - 1, 0);
    clear(questions[back]);
    go(back);
  }

  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const question = event.target.closest("[data-question]");
    const index = question ? questions.indexOf(question) : questions.length;
    if (!question && event.target !== save) return;
    const last = index >= questions.length - 1;
    if (question && /^\d$/.test(event.key)) type(index, Number(event.key));
    else if (event.key === "Backspace") takeBack(index);
    else if (event.key === "ArrowUp") go(index - 1);
    else if (question && event.key === "ArrowDown") go(index + 1);
    else if (event.key === "Enter" && !last && event.target.type === "radio") go(index + 1);
    else return;
    event.preventDefault();
  });
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (!pending?.contains(relatedTarget)) pending = null;
  });
  form.addEventListener("change", tell);
  questions.forEach((question) => {
    question.querySelector("[data-clear]").addEventListener("click", () => {
      clear(question);
      go(questions.indexOf(question));
    });
  });
  form.querySelector("[data-paper-keys]").hidden = false;
  window.addEventListener("pageshow", tell); // the browser may restore answers after going back
  tell();
  // What is wrong is read first; else the keys begin where the answers end, after a draft too.
  if (!document.getElementById("error-summary"))
    go(questions.findIndex((question) => !chosen(question)));
}
