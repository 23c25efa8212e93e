// What a patient wrote leaves the page only when the server answers: without a connection the page,
// with every word, stays as it is.

const PATIENCE_MS = 8_000;
const AWAY =
  "Not sent: no connection. Your words are kept on this page, which sends them once you are back online.";
const BUSY =
  "Not sent: the clinic’s server is busy. Your words are kept on this page. Try again in a minute.";

// "" where the server answers, whoever is signed in there: it keeps what comes after a sign-out.
export async function problemOf(url, ask = fetch) {
  try {
    const answer = await ask(url, {
      redirect: "manual",
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return answer.status >= 500 ? BUSY : "";
  } catch {
    return AWAY;
  }
}

export const start = (form) => new Sending(form, document.body.dataset.aliveUrl);

class Sending {
  #form;
  #url;
  #status;
  #isAsking = false;
  #isSure = false;
  #waits = false;

  constructor(form, url) {
    this.#form = form;
    this.#url = url;
    this.#status = form.querySelector("[data-diary-status]");
    form.addEventListener("submit", (event) => this.#submit(event));
    form.addEventListener("input", () => (this.#waits = false)); // it is being changed
    window.addEventListener("online", () => this.#waits && form.requestSubmit());
    window.addEventListener("pageshow", () => (this.#isSure = false));
  }

  async #submit(event) {
    // Another button of the form throws it away.
    if (this.#isSure || !this.#url || event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.#isAsking) return;
    this.#isAsking = true;
    const problem = await problemOf(this.#url);
    this.#isAsking = false;
    this.#status.textContent = problem;
    this.#waits = problem === AWAY;
    if (problem) return;
    this.#isSure = true;
    this.#form.requestSubmit();
    this.#isSure = false;
  }
}
