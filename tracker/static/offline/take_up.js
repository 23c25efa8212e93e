// On every page of somebody who is signed in at a browser that keeps something: what waits for them is
// sent, and pages of somebody else are gone.

import { countUnsent } from "./patient_store.js";
import { waitingCount } from "./vault.js";

export async function start(body) {
  const { person } = body.dataset;
  if (waitingCount() > 0) import("./resend.js").then((resend) => resend.start(body));
  const { arrive, whoWasHere } = await import("./pages.js");
  const me = `person-${person}`;
  if (!whoWasHere()) return;
  if (whoWasHere() !== me) await arrive(me);
  // Pages that open the same store see to what is theirs.
  if (document.querySelector("[data-diary], [data-answers], [data-answers-sent], [data-live]"))
    return;
  if (localStorage.getItem("words-wait") === person)
    await import("../diary/resend.js").then((resend) => resend.start(person));
  if (await countUnsent()) await import("../answers/resend.js").then((resend) => resend.start(me));
}
