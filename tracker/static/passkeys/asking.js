// Ask the browser to make or to use a passkey, and send what it answers with the form.

const NOT_HERE = "This browser knows no passkeys. Use another one, or another way.";
const NOT_SAFE = "Passkeys need https. Open this page by its https address.";
const NOTHING = "No passkey was used. Press the button to try again.";
const NONE_MADE = "No passkey was made. Press the button to try again.";
const KNOWN = "This device has a passkey for your account already.";

export function toBytes(text) {
  const usual = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(usual), (one) => one.charCodeAt(0));
}

export function toText(buffer) {
  let raw = "";
  for (const byte of new Uint8Array(buffer)) raw += String.fromCharCode(byte);
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// What the server wrote in JSON, as the browser wants it.
export function toOptions(written) {
  const named = (list) => list?.map((one) => ({ ...one, id: toBytes(one.id) }));
  const made = { ...written, challenge: toBytes(written.challenge) };
  if (written.user) made.user = { ...written.user, id: toBytes(written.user.id) };
  if (written.excludeCredentials) made.excludeCredentials = named(written.excludeCredentials);
  if (written.allowCredentials) made.allowCredentials = named(written.allowCredentials);
  return made;
}

// What the browser answered, as the server wants it: of other fields it sees none.
export function toAnswer(credential) {
  const { response } = credential;
  const told = { clientDataJSON: toText(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) told[name] = toText(response[name]);
  }
  if (response.getTransports) told.transports = response.getTransports();
  const id = toText(credential.rawId);
  return { id, rawId: id, type: credential.type, response: told, clientExtensionResults: {} };
}

// What to say of an error: browsers tell little, so that no page learns what a device holds.
export function wordsOf(error, what) {
  if (error.name === "InvalidStateError") return KNOWN;
  return what === "create" ? NONE_MADE : NOTHING;
}

function faultOf() {
  if (!window.isSecureContext) return NOT_SAFE;
  return window.PublicKeyCredential ? "" : NOT_HERE;
}

export function start(form) {
  const said = form.querySelector("[data-passkey-said]");
  const { passkey: what, passkeyOptions } = form.dataset;
  const fault = faultOf();
  said.textContent = fault;
  let isAsking = false;
  form.addEventListener("submit", async (event) => {
    const { credential: answer, name } = form.elements;
    if (answer.value) return; // it has its answer
    // The server says that it wants a name, before a device keeps what would be refused.
    if (what === "create" && name.value.trim() === "") return;
    event.preventDefault();
    if (isAsking || fault) return;
    isAsking = true;
    said.textContent = "";
    try {
      const publicKey = toOptions(JSON.parse(passkeyOptions));
      const credential = await navigator.credentials[what]({ publicKey });
      answer.value = JSON.stringify(toAnswer(credential));
      form.requestSubmit();
    } catch (error) {
      said.textContent = wordsOf(error, what);
    } finally {
      isAsking = false;
    }
  });
  // Gone back to from the next page: that answer was sent, and is good once.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}
