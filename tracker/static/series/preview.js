// The dates of a series while it is planned or moved: what the button beside it shows, by itself.

const PAUSE_MS = 400;

export function start(form) {
  if (form.dataset.says) import("./template.js").then((module) => module.start(form));
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
    if (fresh) put(fresh, typed);
  }

  // What was typed into a row after it was sent stays, and so does the place that is typed in.
  function put(fresh, sent) {
    const at = preview.contains(document.activeElement) ? document.activeElement : null;
    const place = at && [at.id, at.selectionStart, at.selectionEnd];
    const later = [...preview.querySelectorAll("input[type=text]")].filter(
      ({ name, value }) => value !== sent.get(name),
    );
    preview.replaceChildren(...fresh.childNodes);
    for (const { name, value } of later) {
      const row = form.elements[name];
      if (row) row.value = value;
    }
    if (!place) return;
    const again = document.getElementById(place[0]);
    again?.focus({ preventScroll: true });
    if (place[1] !== null && place[1] !== undefined) again?.setSelectionRange(place[1], place[2]);
  }

  const later = ({ target }) => {
    // The dose of one session changes no date; whether one goes along does.
    if (preview.contains(target) && target.type !== "checkbox") return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
}
