// Sign in again on a covered page, by the forms of the pages for it: the password, then the code of
// those who have a second step. Nothing of what is typed is kept.

const OTHERWISE = "This has to be finished in a new tab. Sign in there, then come back here.";

const BUSY = "No connection. Try again in a moment.";

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const tokenOf = (page) => page.querySelector("input[name=csrf_token]")?.value ?? "";

// What a page of signing in says is wrong.
function problemOf(page) {
  const said = page.querySelector(".error p, #error-summary li, .notice-bad p");
  return said?.textContent.replace(/^\s*Error:\s*/, "").trim() || OTHERWISE;
}

function field(label, id, attributes) {
  const box = document.createElement("div");
  box.className = "field";
  const name = document.createElement("label");
  name.className = "form-label";
  name.htmlFor = id;
  name.textContent = label;
  const input = document.createElement("input");
  input.className = "form-control";
  Object.assign(input, { id, autocapitalize: "none", spellcheck: false }, attributes);
  box.append(name, input);
  return box;
}

function step(name, ...fields) {
  const part = document.createElement("div");
  part.dataset.step = name;
  part.append(...fields);
  return part;
}

// Put a form for signing in before the place where it says what is wrong, made when it is needed:
// nothing else on the page finds it before. `aliveUrl` tells who is signed in.
export function offer(said, { dataset: { aliveUrl } }, done) {
  said.parentElement.querySelector("form")?.remove(); // of another time-out
  const form = document.createElement("form");
  form.noValidate = true;
  form.method = "dialog";
  const who = { name: "email", autocomplete: "username" };
  const secret = { name: "password", type: "password", autocomplete: "current-password" };
  const digits = { name: "code", inputMode: "numeric", autocomplete: "one-time-code" };
  const button = document.createElement("button");
  button.className = "btn btn-primary";
  button.textContent = "Sign in and go on";
  form.append(
    step(
      "password",
      field("E-mail or sign-in name", "cover-name", who),
      field("Password", "cover-password", secret),
    ),
    step(
      "code",
      field("The six digits that your authenticator app shows now", "cover-code", digits),
    ),
    button,
  );
  form.lastChild.previousSibling.hidden = true;
  said.before(form);
  form.querySelector("input").focus();
  const signIn = new SignIn(form, aliveUrl);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = await signIn.send().catch(() => BUSY);
    said.textContent = problem ?? "";
    if (problem !== "") return;
    await done();
    if (said.textContent) return; // somebody else signed in
    form.remove(); // no password stays there
    window.dispatchEvent(new Event("online")); // what waited to be saved goes out now
  });
}

class SignIn {
  #form;
  #alive;
  #signInUrl;
  #token = "";
  #step = "password";

  // `alive` is where both steps lead to.
  constructor(form, alive) {
    this.#form = form;
    this.#alive = alive;
    this.#signInUrl = form.closest("dialog").querySelector("a[href]").getAttribute("href");
  }

  get #where() {
    return this.#step === "code" ? "/second-step" : this.#signInUrl;
  }

  // Send what was typed. "" when somebody is signed in, null when the code is asked for now; else
  // what is wrong.
  async send() {
    if (this.#step === "password") this.#token = tokenOf(await this.#page(this.#signInUrl));
    const fields = new URLSearchParams({ csrf_token: this.#token });
    for (const input of this.#form.querySelectorAll(`[data-step=${this.#step}] input[name]`)) {
      fields.append(input.name, input.value);
    }
    const to = `${this.#where}?next=${encodeURIComponent(this.#alive)}`;
    const answer = await fetch(to, { method: "POST", body: fields });
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return "";
    let page = parse(await answer.text());
    // Whoever has a passkey is asked for that first; here there is room for a code alone.
    const byCode = page.querySelector("[data-by-code]")?.getAttribute("href");
    if (byCode) page = await this.#page(byCode);
    const isCode = byCode || new URL(answer.url).pathname === "/second-step";
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
