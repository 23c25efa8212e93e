// Sign in again on a covered page, by the forms of the pages for it: the password, then the code of
// those who have a second step. Nothing of what is typed is kept.

const OTHERWISE = "This has to be finished in a new tab. Sign in there, then come back here.";

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const tokenOf = (page) => page.querySelector("input[name=csrf_token]")?.value ?? "";

// What a page of signing in says is wrong.
function problemOf(page) {
  const said = page.querySelector(".error p, #error-summary li, .notice-bad p");
  return said?.textContent.replace(/^\s*Error:\s*/, "").trim() || OTHERWISE;
}

export class SignIn {
  #form;
  #alive;
  #token = "";
  #step = "password";

  // `alive` answers who is signed in: where both steps lead to.
  constructor(form, alive) {
    this.#form = form;
    this.#alive = alive;
  }

  get #where() {
    return this.#step === "code" ? "/second-step" : this.#form.dataset.signIn;
  }

  // Send what was typed. "" when somebody is signed in, null when the code is asked for now; else
  // what is wrong.
  async send() {
    if (this.#step === "password") this.#token = tokenOf(await this.#page(this.#form.dataset.signIn));
    const fields = new URLSearchParams({ csrf_token: this.#token });
    for (const input of this.#form.querySelectorAll(`[data-step=${this.#step}] input[name]`)) {
      fields.append(input.name, input.value);
    }
    const to = `${this.#where}?next=${encodeURIComponent(this.#alive)}`;
    const answer = await fetch(to, { method: "POST", body: fields });
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return "";
    const page = parse(await answer.text());
    const isCode = new URL(answer.url).pathname === "/second-step";
    if (isCode) this.#token = tokenOf(page);
    if (isCode && this.#step === "password") return this.#show("code");
    if (!isCode && this.#step === "code") this.#show("password"); // too late, or locked
    return problemOf(page);
  }

  async #page(address) {
    return parse(await (await fetch(address)).text());
  }

  #show(step) {
    this.#step = step;
    for (const part of this.#form.querySelectorAll("[data-step]")) {
      part.hidden = part.dataset.step !== step;
    }
    this.#form.querySelector("[data-step]:not([hidden]) input").focus();
    return null;
  }
}
