// The dates of a series while it is planned: what the button "Show the dates" shows, by itself.

const PAUSE_MS = 400;

export function start(form) {
  const preview = form.querySelector("[data-preview]");
  let timer = null;
  let asked = 0;

  async function ask() {
    asked += 1;
    const mine = asked;
    const typed = new FormData(form);
    typed.set("preview", "1");
    const page = await fetch(form.action, {
      method: "POST",
      body: typed,
      headers: { "X-Requested-With": "fetch" },
    })
      .then((answer) => ([200, 422].includes(answer.status) ? answer.text() : ""))
      .catch(() => ""); // without a connection the button says so
    if (mine !== asked || !page) return;
    const found = new DOMParser().parseFromString(page, "text/html");
    const fresh = found.querySelector("[data-preview]");
    if (fresh) preview.replaceChildren(...fresh.childNodes);
  }

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
}
